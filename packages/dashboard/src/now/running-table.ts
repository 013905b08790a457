import type { Instant } from '@gamekeeper/core';
import type { Shard } from '@gamekeeper/core/ports';
import { count, data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { badge, table } from '../html/parts.ts';
import type { NowReads } from './read-now.ts';

type Active = NowReads['active'][number];

/** What runs where: the attempt, its lease and how far it is. */
export function runningTable(links: Links, active: NowReads['active'], now: Instant): Html {
  return table<Active>(
    'Running now',
    [
      { title: 'Job', cell: ({ job }) => html`<a href="${links('job', { job })}">${data(job)}</a>` },
      {
        title: 'Tick',
        cell: ({ job, tick }) =>
          html`<a href="${links('run', { job, tick: instantParameter(tick) })}">${time(tick)}</a>`,
      },
      {
        title: 'Instance',
        cell: ({ instanceId, shards }) => (shards.length > 0 ? instancesOf(shards) : data(instanceId ?? '–')),
      },
      { title: 'Attempt', cell: ({ fence }) => count(fence), isNumber: true },
      {
        title: 'For',
        cell: ({ attemptedAt }) => (attemptedAt === null ? '–' : duration(now - attemptedAt)),
        isNumber: true,
      },
      { title: 'Items', cell: ({ processed, shards }) => count(itemsOf(processed, shards)), isNumber: true },
      { title: 'Lease', cell: (run) => leaseCell(run, now) },
    ],
    active,
    'Nothing is running.',
  );
}

/** Until its shards have ended, a divided run has only what was done before. */
function itemsOf(processed: number, shards: readonly Shard[]): number {
  return shards.reduce((sum, shard) => sum + shard.processed, processed);
}

function instancesOf(shards: readonly Shard[]): readonly Html[] {
  const ids = [...new Set(shards.flatMap(({ instanceId }) => instanceId ?? []))];
  return ids.map((id, index) => html`${index > 0 && ', '}${data(id)}`);
}

function leaseCell({ leaseUntil, shards }: Active, now: Instant): Html {
  if (shards.length > 0) {
    const ended = shards.filter(({ status }) => status !== 'open').length;
    return html`${count(ended)} of ${count(shards.length)} shards ended`;
  }
  if (leaseUntil === null) return html`<span class="none">–</span>`;
  if (leaseUntil < now) return badge('bad', `expired ${duration(now - leaseUntil)} ago`);
  return html`ends in ${duration(leaseUntil - now)}`;
}
