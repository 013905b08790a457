import { DAY_MS, addMs, instant, type Run } from '@gamekeeper/core';
import { localTime, redactSecrets } from '@gamekeeper/core/engine';
import { actionLinks } from '../actions/action-links.ts';
import { actionsTable } from '../actions/actions-table.ts';
import { count, data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { badge, facts, table } from '../html/parts.ts';
import { verdictBadge } from '../now/jobs-table.ts';
import type { JobState } from '../reads/engine-state.ts';
import { runState } from '../runs/run-state.ts';
import { shownState } from '../ticks/tick-state.ts';
import type { Visitor } from '../web/access.ts';
import { triedRules } from '../what-if/rules-form.ts';
import { history } from './history.ts';
import type { NextTick } from './next-ticks.ts';
import type { JobChoice, JobReads } from './read-job.ts';
import { scheduleInWords } from './schedule-words.ts';

const RUNS_SHOWN = 15;

/** One job: its schedule, its history, its next ticks, and what can be done. */
export function jobPage(links: Links, visitor: Visitor, { job, after }: JobChoice, reads: JobReads): Page {
  const { state, runs, actions } = reads;
  const content = html`<h1>${data(job)}</h1>
    ${
      state
        ? jobFacts(links, state, reads)
        : html`<p class="headline warn">
            ${badge('warn', 'not in this host')} <span>The ledger may have runs of an earlier deploy.</span>
          </p>`
    }
    ${state && tools(links, visitor, state)}
    ${
      Object.hasOwn(triedRules, job) &&
      html`<p><a href="${links('what-if', { job })}">What if the rules were others?</a></p>`
    }
    <section aria-labelledby="history">
      <h2 id="history">History</h2>
      ${history(runs)}
    </section>
    <section aria-labelledby="runs">
      <h2 id="runs">Newest ticks</h2>
      ${runsTable(links, state, runs.slice(0, RUNS_SHOWN))}
      <p>
        <a href="${links('span', { job, from: instantParameter(addMs(reads.now, -7 * DAY_MS)) })}"
          >All ticks of the last 7 days</a
        >
      </p>
    </section>
    <section aria-labelledby="next">
      <h2 id="next">Next ticks${after !== null && html` after ${time(after)}`}</h2>
      ${nextTable(links, job, reads)}
    </section>
    <section aria-labelledby="done">
      <h2 id="done">Actions</h2>
      ${actionsTable(links, actions)}
    </section>`;
  return { title: job, section: 'ticks', content, refreshMs: 10_000 };
}

function jobFacts(
  links: Links,
  { name, scheduled, health, record, owed }: JobState,
  { now, actions }: JobReads,
): Html {
  const { job, schedule } = scheduled;
  const pause = actions.find(({ action, status }) => action === 'pause' && status === 'done');
  const isPaused = record !== null && record.pausedAt !== null;
  return html`${
    isPaused &&
    html`<p class="headline warn">
      ${badge('warn', 'paused')}
      <span
        >for
        ${duration(now - record.pausedAt)}${pause && html`, by ${data(pause.who)}: ${data(pause.reason)}`}</span
      >
    </p>`
  }
  ${facts([
    ['Verdict', verdictBadge(health?.verdict ?? null)],
    [
      'Schedule',
      html`${scheduleInWords(schedule.cron) ?? 'as in cron'}, ${data(schedule.timeZone)}
        <small><code>${data(schedule.cron)}</code></small>`,
    ],
    ['Missed ticks', job.missedTicks],
    ['Last success', health?.lastSuccessTick ? time(instant(health.lastSuccessTick)) : 'never'],
    [
      'Lag of its limit',
      health
        ? html`${duration(health.lagMs)} of ${health.windowMs === null ? 'any' : duration(health.windowMs)}`
        : '–',
    ],
    [
      'Owed',
      owed.oldest === null
        ? '0'
        : html`<a href="${links('span', { job: name, from: instantParameter(owed.oldest) })}"
            >${badge('bad', `${count(owed.count)}${owed.isMore ? '+' : ''}`)}</a
          >`,
    ],
    ['Registered', record ? time(record.registeredAt) : 'not in this store'],
    ...(job.delayMs > 0 ? [['Begins', `${duration(job.delayMs)} after its tick`] as const] : []),
    ...(record && record.schedules.length > 1
      ? [
          [
            'Earlier schedules',
            record.schedules
              .slice(0, -1)
              .map(({ cron, timeZone }) => html`<code>${data(`${cron} ${timeZone}`)}</code> `),
          ] as const,
        ]
      : []),
  ])}${health?.lastError && html`<pre class="error" tabindex="0"><bdi>${redactSecrets(health.lastError)}</bdi></pre>`}`;
}

function tools(links: Links, visitor: Visitor, { name, record, health }: JobState): Html | null {
  const of = { job: name };
  const running = health?.runningTick ?? null;
  return actionLinks(links, visitor, [
    record !== null && record.pausedAt !== null ? { action: 'resume', of } : { action: 'pause', of },
    ...(running === null && record !== null && record.recent[0]
      ? [
          {
            action: 'dry-run' as const,
            of: { ...of, tick: instantParameter(record.recent[0].tick) },
            title: 'Dry run of the newest tick',
          },
        ]
      : []),
  ]);
}

function runsTable(links: Links, state: JobState | null, runs: readonly Run[]): Html {
  const delayMs = state?.scheduled.job.delayMs ?? 0;
  return table<Run>(
    'Newest recorded ticks',
    [
      {
        title: 'Tick',
        cell: ({ job, tick }) =>
          html`<a href="${links('run', { job, tick: instantParameter(tick) })}">${time(tick)}</a>`,
      },
      {
        title: 'State',
        cell: (run) => {
          const {
            state: name,
            mark,
            word,
          } = shownState(runState(run, state?.scheduled.schedule ?? null, delayMs));
          return html`<span class="cell ${name}" aria-hidden="true">${mark}</span> ${word}`;
        },
      },
      {
        title: 'Took',
        cell: ({ startedAt, finishedAt }) =>
          startedAt === null || finishedAt === null ? '–' : duration(finishedAt - startedAt),
        isNumber: true,
      },
      { title: 'Items', cell: ({ processed }) => count(processed), isNumber: true },
      { title: 'Failed items', cell: ({ failedItems }) => count(failedItems), isNumber: true },
      { title: 'Instance', cell: ({ instanceId }) => data(instanceId ?? '–') },
      { title: 'Error or reason', cell: ({ error }) => (error === null ? '' : data(redactSecrets(error))) },
    ],
    runs,
    'Nothing is recorded.',
  );
}

function nextTable(links: Links, job: string, { next, now }: JobReads): Html {
  const { ticks, more } = next;
  return html`${table<NextTick>(
    'Next ticks',
    [
      { title: 'Tick (UTC)', cell: ({ tick }) => time(tick) },
      { title: 'In', cell: ({ tick }) => duration(tick - now), isNumber: true },
      {
        title: 'Local time',
        cell: ({ tick, timeZone, localDate }) =>
          html`${localDate} ${localTime(timeZone, tick)} <small>${data(timeZone)}</small>`,
      },
      { title: 'Clocks', cell: clockCell },
    ],
    ticks,
    'There is no tick in the next 400 days.',
  )}${more !== null && html`<p><a href="${links('job', { job, after: instantParameter(more) })}">Later ticks</a></p>`}`;
}

function clockCell({ clockChangeMs }: NextTick): Html | string {
  if (clockChangeMs === 0) return '';
  return badge(
    'warn',
    `go ${clockChangeMs > 0 ? 'forward' : 'back'} ${duration(Math.abs(clockChangeMs))} that day`,
  );
}
