import type { JobRecord } from '@gamekeeper/core/ports';
import { data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Links } from '../html/links.ts';
import { badge, table } from '../html/parts.ts';
import { scheduleInWords } from '../jobs/schedule-words.ts';
import type { EngineState } from '../reads/engine-state.ts';

/** Jobs that are registered in the store, and that this host does not have; nothing if there are none. */
export function otherJobs(links: Links, { others, now }: EngineState): Html | null {
  if (others.length === 0) return null;
  return html`<section aria-labelledby="others">
    <h2 id="others">Jobs of other hosts</h2>
    <p class="lead">
      Registered in this store by another deploy or service. If no host has them any more, nobody runs them.
    </p>
    ${table<JobRecord>(
      'Registered jobs that this host does not have',
      [
        { title: 'Job', cell: ({ job }) => html`<a href="${links('job', { job })}">${data(job)}</a>` },
        { title: 'Schedule', cell: scheduleCell },
        { title: 'Last success', cell: ({ lastSuccess }) => time(lastSuccess?.tick ?? null) },
        {
          title: 'Before',
          cell: ({ lastSuccess }) => (lastSuccess ? duration(Math.max(0, now - lastSuccess.tick)) : '–'),
          isNumber: true,
        },
        { title: 'State', cell: stateCell },
      ],
      others.slice(0, MOST_LISTED),
      '',
    )}
  </section>`;
}

const MOST_LISTED = 100;

function scheduleCell({ schedules }: JobRecord): Html {
  const { cron, timeZone } = schedules.at(-1)!;
  return html`${scheduleInWords(cron) ?? data(cron)}, ${data(timeZone)}`;
}

function stateCell({ pausedAt, running }: JobRecord): Html {
  if (pausedAt !== null) return html`${badge('warn', 'paused')} <small>since ${time(pausedAt)}</small>`;
  return running ? badge('busy', 'running') : badge('quiet', 'not running');
}
