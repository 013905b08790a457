import type { FailedItem, Run } from '@gamekeeper/core';
import type { Shard } from '@gamekeeper/core/ports';
import { redactSecrets } from '@gamekeeper/core/engine';
import { actionLinks } from '../actions/action-links.ts';
import { actionsTable } from '../actions/actions-table.ts';
import { count, data, duration, time, utc } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { badge, facts, table } from '../html/parts.ts';
import { shownState } from '../ticks/tick-state.ts';
import type { Visitor } from '../web/access.ts';
import { ITEMS_ON_A_PAGE, type RunChoice, type RunReads } from './read-run.ts';
import { logSection } from './log-section.ts';
import { runState } from './run-state.ts';

/** One tick of a job: its run with attempts, counts, failed items; or why there is none. */
export function runPage(links: Links, visitor: Visitor, choice: RunChoice, reads: RunReads): Page {
  const { job, tick } = choice;
  const content = html`<p class="crumbs"><a href="${links('job', { job })}">${data(job)}</a></p>
    <h1>${data(job)} at ${time(tick)}</h1>
    ${reads.run ? runFacts(reads.run, reads) : missingText(reads)}
    ${actionLinks(links, visitor, toolsFor(choice, reads))}
    ${reads.shards.length > 0 && shardsSection(reads.shards)} ${itemsSection(links, choice, reads)}
    ${reads.run && logSection(reads.log)}
    <section aria-labelledby="done">
      <h2 id="done">Actions on this job</h2>
      ${actionsTable(links, reads.actions)}
    </section>`;
  return {
    title: `${job} at ${utc(tick)}`,
    section: 'ticks',
    content,
    refreshMs: isOver(reads) ? 30_000 : 5_000,
  };
}

/** Whether only actions change it any more. */
function isOver({ run, missing }: RunReads): boolean {
  return run ? run.status !== 'running' : missing === 'unrecorded' || missing === 'not-a-tick';
}

function toolsFor({ job, tick }: RunChoice, { missing, items, run, state }: RunReads) {
  if (missing === 'not-a-tick') return [];
  const of = { job, tick: instantParameter(tick) };
  return [
    ...(run?.status === 'succeeded' || missing === 'ahead' ? [] : [{ action: 'run' as const, of }]),
    ...(state?.scheduled.job.supportsDryRun ? [{ action: 'dry-run' as const, of }] : []),
    ...(items.length > 0 ? [{ action: 'retry' as const, of }] : []),
  ];
}

const reasons: Readonly<Record<NonNullable<RunReads['missing']>, string>> = {
  'not-a-tick': 'The schedule of this job names no tick at this instant, and none is recorded.',
  ahead: 'This tick is in the future, or was due a moment ago.',
  owed: 'This tick should have run by now, and the ledger has nothing of it. If a host runs this job, it is next; if not, start one, or look whether the job is paused.',
  unrecorded:
    'The ledger has no row of this tick: it is from before the job was registered, or it was removed as too old. It runs only by hand.',
};

function missingText({ missing, state }: RunReads): Html {
  const reason = reasons[missing ?? 'not-a-tick'];
  const tone = missing === 'owed' ? 'bad' : 'quiet';
  const isPaused = state?.record !== null && state?.record.pausedAt !== null && state !== null;
  return html`<p class="headline ${tone}">
    ${badge(tone, missing === 'not-a-tick' ? 'no tick' : shownState(missing!).word)}
    <span>${reason}${isPaused && ' The job is paused.'}</span>
  </p>`;
}

function runFacts(run: Run, { state, now, events }: RunReads): Html {
  const { tick, fence, instanceId, startedAt, attemptedAt, finishedAt, processed, failedItems, error } = run;
  const schedule = state?.scheduled.schedule ?? null;
  const shown = shownState(runState(run, schedule, state?.scheduled.job.delayMs ?? 0));
  const endedAt = finishedAt ?? now;
  return html`${facts([
    ['State', html`<span class="cell ${shown.state}" aria-hidden="true">${shown.mark}</span> ${shown.word}`],
    [
      'Began',
      html`${time(startedAt)}${startedAt !== null && html` <small>${duration(startedAt - tick)} after its tick</small>`}`,
    ],
    ['Ended', finishedAt === null ? 'not yet' : time(finishedAt)],
    ['Took', startedAt === null ? '–' : duration(endedAt - startedAt)],
    ['Items done', count(processed)],
    ['Failed items', count(failedItems)],
    ['Events written', eventsText(events)],
    [
      'Attempts',
      html`${count(fence)}${fence > 1 && attemptedAt !== null && html` <small>the last began at ${time(attemptedAt)}</small>`}`,
    ],
    ['Instance', instanceId === null ? '–' : data(instanceId)],
  ])}${error !== null && errorText(run, error)}`;
}

function eventsText(events: RunReads['events']): Html | string {
  const counts = Object.entries(events).sort(([a], [b]) => (a < b ? -1 : 1));
  if (counts.length === 0) return 'none';
  return html`${counts.map(
    ([type, written], index) => html`${index > 0 && ', '}${count(written)} ${data(type)}`,
  )}`;
}

const skipReasons: Readonly<Record<string, string>> = {
  superseded: 'superseded: a newer tick ran instead (missedTicks is "latest")',
  missed: 'missed: nobody ran it in time, and missed ticks of this job are not run (missedTicks is "none")',
  'too-old': 'too old: it was missed for longer than catchUpWindowMs',
};

function errorText({ status }: Run, error: string): Html {
  if (status === 'skipped') return html`<p>Reason: ${skipReasons[error] ?? data(error)}</p>`;
  return html`<h2>Error</h2>
    <pre class="error" tabindex="0"><bdi>${redactSecrets(error)}</bdi></pre>`;
}

function shardsSection(shards: readonly Shard[]): Html {
  return html`<section aria-labelledby="shards">
    <h2 id="shards">Shards</h2>
    ${table<Shard>(
      'Shards of this run',
      [
        { title: 'Shard', cell: ({ index }) => count(index) },
        {
          title: 'State',
          cell: ({ status }) =>
            badge(status === 'failed' ? 'bad' : status === 'succeeded' ? 'good' : 'busy', status),
        },
        { title: 'Instance', cell: ({ instanceId }) => data(instanceId ?? '–') },
        { title: 'Attempts', cell: ({ fence }) => count(fence), isNumber: true },
        { title: 'Items', cell: ({ processed }) => count(processed), isNumber: true },
        { title: 'Failed', cell: ({ failedItems }) => count(failedItems), isNumber: true },
        { title: 'Lease until', cell: ({ leaseUntil }) => time(leaseUntil) },
        { title: 'Error', cell: ({ error }) => (error === null ? '' : data(redactSecrets(error))) },
      ],
      shards,
      'This run was not divided.',
    )}
  </section>`;
}

/** What the items of built-in jobs are the ids of: the page that shows one, and its parameter. */
const itemPages: ReadonlyMap<string, readonly [page: string, parameter: string]> = new Map([
  ['life-regeneration', ['player', 'user']],
  ['streak-update', ['player', 'user']],
  ['session-cleanup', ['session', 'id']],
]);

function itemCell(links: Links, job: string, item: string): Html {
  const page = itemPages.get(job);
  return page ? html`<a href="${links(page[0], { [page[1]]: item })}">${data(item)}</a>` : data(item);
}

function itemsSection(links: Links, { job, tick }: RunChoice, { items }: RunReads): Html {
  const shown = items.slice(0, ITEMS_ON_A_PAGE);
  const last = items.length > ITEMS_ON_A_PAGE ? shown.at(-1) : undefined;
  return html`<section aria-labelledby="items">
    <h2 id="items">Failed items</h2>
    ${table<FailedItem>(
      'Failed items of this run',
      [
        { title: 'Item', cell: ({ item }) => itemCell(links, job, item) },
        { title: 'Error', cell: ({ error }) => data(redactSecrets(error)) },
        { title: 'Failed', cell: ({ failedAt }) => time(failedAt) },
      ],
      shown,
      'No item is recorded as failed.',
    )}${last && html`<p><a href="${links('run', { job, tick: instantParameter(tick), after: last.item })}">More failed items</a></p>`}
  </section>`;
}
