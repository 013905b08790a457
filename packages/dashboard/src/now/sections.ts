import { instant, type CheckHealth, type WithDates } from '@gamekeeper/core';
import type { AlertRecord, SeenInstance } from '@gamekeeper/core/ports';
import { count, counted, data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { badge, facts, table, type Tone } from '../html/parts.ts';
import type { EngineState } from '../reads/engine-state.ts';
import type { NowReads } from './read-now.ts';

/** The checks, and what this process has to do without. */
export function checksSection({ health }: EngineState): Html {
  return section(
    'checks',
    'Checks',
    html`${table<WithDates<CheckHealth>>(
      'Checks',
      [
        { title: 'Check', cell: ({ check }) => data(check) },
        {
          title: 'Verdict',
          cell: ({ verdict, severity, text }) =>
            html`${badge(verdict === 'healthy' ? 'good' : severity === 'warning' ? 'warn' : 'bad', verdict)}${
              text !== null && html` <small>${data(text)}</small>`
            }`,
        },
      ],
      health.checks,
      'This host has no checks.',
    )}${health.degraded.map(
      ({ dependency, since }) =>
        html`<p>
          ${badge('warn', 'degraded')} ${data(dependency)} since ${time(instant(since))}, seen by this process
          only.
        </p>`,
    )}`,
  );
}

/** What waits for delivery. */
export function outboxSection({ health: { outbox } }: EngineState): Html {
  if (outbox === null)
    return section(
      'outbox',
      'Outbox',
      html`<p class="empty">No bus is bound: events stay in the outbox.</p>`,
    );
  const { pending, oldestWaitMs, oldestAgeMs } = outbox;
  return section(
    'outbox',
    'Outbox',
    facts([
      ['Events that wait', count(pending)],
      ['The first was written', oldestWaitMs === null ? '–' : `${duration(oldestWaitMs)} ago`],
      ['The oldest happened', oldestAgeMs === null ? '–' : `${duration(oldestAgeMs)} ago`],
    ]),
  );
}

const alertTones: Readonly<Record<AlertRecord['status'], Tone>> = {
  owed: 'busy',
  delivered: 'good',
  'given-up': 'bad',
};

/** What people were told, and what they should have been told. */
export function alertsSection({ health }: EngineState, { alerts }: NowReads): Html {
  const { owed, oldestAgeMs } = health.alerts;
  const waiting =
    owed === 0
      ? null
      : html`<p>
          ${badge('warn', `${counted(owed, 'delivery')} owed`)} the first for ${duration(oldestAgeMs ?? 0)}
        </p>`;
  return section(
    'alerts',
    'Alerts',
    html`${waiting}${table<AlertRecord>(
      'Newest alerts',
      [
        { title: 'Raised', cell: ({ alert }) => time(alert.raisedAt) },
        { title: 'Alert', cell: ({ alert }) => data(alert.text) },
        {
          title: 'Channel',
          cell: ({ channel, status, error }) =>
            html`${badge(alertTones[status], status.replace('-', ' '))}
            ${data(channel)}${error !== null && html` <small class="error">${data(error)}</small>`}`,
        },
      ],
      alerts,
      'No alert was raised.',
    )}`,
  );
}

/** Whether periods are sealed in time, and what the last recalculation repaired. */
export function boardsSection(links: Links, { health }: EngineState): Html {
  const { oldestUnsealed, oldestUnfinished, drift } = health;
  return section(
    'boards-now',
    'Boards',
    html`${facts([
        [
          'Oldest unsealed period',
          oldestUnsealed === null
            ? badge('good', 'none')
            : html`${badge('warn', `ended ${duration(oldestUnsealed.ageMs)} ago`)}
              ${data(oldestUnsealed.board)} ${data(oldestUnsealed.period)}`,
        ],
        [
          'Unfinished reset',
          oldestUnfinished === null
            ? badge('good', 'none')
            : html`${badge('warn', `for ${duration(oldestUnfinished.ageMs)}`)} ${data(oldestUnfinished.board)}
              ${data(oldestUnfinished.period)}`,
        ],
        [
          'Repaired by the last recalculation',
          drift === null
            ? 'none yet'
            : html`${counted(drift.repaired, 'member')} at
                <a
                  href="${links('run', {
                    job: 'leaderboard-recalculation',
                    tick: instantParameter(instant(drift.tick)),
                  })}"
                  >${time(instant(drift.tick))}</a
                >`,
        ],
      ])}
      <p><a href="${links('boards')}">All boards</a></p>`,
  );
}

/** The instances that the ledger knows from its newest runs, and those whose clocks are wrong. */
export function instancesSection({ now }: EngineState, { instances, skewed }: NowReads): Html {
  const skews = new Map(skewed.map(({ instance: id, skewMs }) => [id, skewMs]));
  const known = new Set(instances.map(({ instanceId }) => instanceId));
  const silent = skewed.filter(({ instance: id }) => !known.has(id));
  const rows = [
    ...instances,
    ...silent.map(({ instance: id, measuredAt }): SeenInstance => ({
      instanceId: id,
      lastAttemptAt: measuredAt,
      runs: 0,
    })),
  ];
  return section(
    'instances',
    'Instances',
    table<SeenInstance>(
      'Instances in the newest runs',
      [
        { title: 'Instance', cell: ({ instanceId }) => data(instanceId) },
        {
          title: 'Seen',
          cell: ({ lastAttemptAt }) => `${duration(Math.max(0, now - lastAttemptAt))} ago`,
          isNumber: true,
        },
        { title: 'Newest runs', cell: ({ runs }) => count(runs), isNumber: true },
        { title: 'Clock', cell: ({ instanceId }) => clockCell(skews.get(instanceId)) },
      ],
      rows,
      'No instance has run anything.',
    ),
  );
}

function clockCell(skewMs: number | undefined): Html {
  if (skewMs === undefined) return badge('good', 'right');
  return badge('bad', `${duration(Math.abs(skewMs))} ${skewMs > 0 ? 'ahead' : 'behind'}`);
}

function section(id: string, title: string, content: Html): Html {
  return html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
  </section>`;
}
