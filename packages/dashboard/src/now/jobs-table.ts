import { instant, type Instant, type InstantLike } from '@gamekeeper/core';
import type { OperatorAction } from '@gamekeeper/core/ports';
import { count, data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { badge, table, type Tone } from '../html/parts.ts';
import type { EngineState, JobState, OwedTicks } from '../reads/engine-state.ts';

/** Every job with its verdict, how far behind it is, what it owes, and when it runs next. */
export function jobsTable(
  links: Links,
  { jobs, now }: EngineState,
  pauses: ReadonlyMap<string, OperatorAction>,
): Html {
  return table<JobState>(
    'Jobs',
    [
      { title: 'Job', cell: ({ name }) => html`<a href="${links('job', { job: name })}">${data(name)}</a>` },
      { title: 'Verdict', cell: (job) => verdictCell(job, pauses.get(job.name)) },
      {
        title: 'Last success',
        cell: ({ health }) => tickLink(links, health?.job, health?.lastSuccessTick ?? null),
      },
      { title: 'Lag of its limit', cell: lagCell, isNumber: true },
      { title: 'Owed', cell: ({ name, owed }) => owedCell(links, name, owed), isNumber: true },
      { title: 'Failed', cell: ({ health }) => count(health?.failedItems ?? 0), isNumber: true },
      { title: 'Next tick', cell: (job) => nextCell(job, now) },
    ],
    jobs,
    'This host has no jobs.',
  );
}

const tones: Readonly<Record<string, Tone>> = { healthy: 'good', paused: 'warn', ahead: 'warn' };

/** Returns a verdict as a badge. */
export function verdictBadge(verdict: string | null): Html {
  return verdict === null
    ? badge('warn', 'not registered')
    : badge(tones[verdict] ?? 'bad', verdict.replace('-', ' '));
}

function verdictCell({ health, record }: JobState, pause: OperatorAction | undefined): Html {
  const error = health?.lastError ?? null;
  return html`${verdictBadge(health?.verdict ?? null)}${
    record !== null &&
    record.pausedAt !== null &&
    html` <small
      >since ${time(record.pausedAt)}${pause && html` by ${data(pause.who)}: ${data(pause.reason)}`}</small
    >`
  }${error !== null && html` <small class="error">${data(error)}</small>`}`;
}

function tickLink(links: Links, job: string | undefined, tick: InstantLike | null): Html {
  if (tick === null || job === undefined) return html`<span class="none">never</span>`;
  const at = instant(tick);
  return html`<a href="${links('run', { job, tick: instantParameter(at) })}">${time(at)}</a>`;
}

function lagCell({ health }: JobState): Html {
  if (!health) return html`<span class="none">–</span>`;
  const { lagMs, windowMs } = health;
  if (windowMs === null) return html`${duration(lagMs)}`;
  const share = Math.min(100, Math.round((lagMs / windowMs) * 100));
  return html`${duration(lagMs)} <small>of ${duration(windowMs)}</small>
    <meter
      min="0"
      max="100"
      high="80"
      optimum="0"
      value="${share}"
      aria-label="${share} % of its limit"
    ></meter>`;
}

function owedCell(links: Links, job: string, { count: owed, isMore, oldest }: OwedTicks): Html {
  if (oldest === null) return html`<span class="none">0</span>`;
  const label = `${count(owed)}${isMore ? '+' : ''}`;
  return html`<a class="owed" href="${links('span', { job, from: instantParameter(oldest) })}"
    >${badge('bad', label)}</a
  >`;
}

function nextCell({ health, scheduled }: JobState, now: Instant): Html {
  const next = health?.nextTick ?? scheduled.schedule.next(now);
  if (next === null) return html`<span class="none">none</span>`;
  const at = instant(next);
  return html`${time(at)} <small>in ${duration(at - now)}</small>`;
}
