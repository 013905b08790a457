import { addMs, type Instant } from '../time/instant.ts';
import { latestTick } from '../time/schedule.ts';
import { courierItem, type CourierItem } from './courier.ts';
import type { EnginePorts } from './engine-ports.ts';
import { failedRun } from './failed-run.ts';
import type { JobRecord } from './job-registry.ts';
import type { LeasedRun, RunOverview } from './run-overview.ts';
import type { ScheduledJob } from './scheduled-job.ts';

/** A run or shard that is due and not done, and that nobody works on. */
export interface DueItem {
  readonly item: CourierItem;
  /** Stays the same until the job has made progress, also if newer ticks become due meanwhile. */
  readonly waitsFor: string;
  /** Since when somebody could have worked on it, by the store's clock. */
  readonly dueSince: Instant;
}

/** What is due and not done, and nobody works on. */
export interface DueWork {
  readonly items: readonly DueItem[];
  /** When more may be due before the next tick: a lease ends, or a failed run is to be repeated. May be `Infinity`. */
  readonly againInMs: number;
}

/** What {@link dueWork} reads. */
export type DueWorkPorts = Pick<EnginePorts, 'jobRegistry' | 'ledger' | 'shardLedger' | 'storeTime'> & {
  readonly runOverview: Pick<RunOverview, 'active'>;
};

/**
 * Reads from the ledger which runs and shards of these jobs are due, not done, and not held by a live lease: two
 * statements, and one or two for each run that is divided or has failed. A job with several due ticks has one item, for
 * its newest: the host that works on it begins with the oldest.
 */
export async function dueWork(jobs: readonly ScheduledJob[], ports: DueWorkPorts): Promise<DueWork> {
  const records = new Map((await ports.jobRegistry.records()).map((record) => [record.job, record]));
  const active = new Map((await ports.runOverview.active()).map((run) => [run.job, run]));
  const items: DueItem[] = [];
  let againInMs = Infinity;
  for (const scheduled of jobs) {
    const record = records.get(scheduled.job.name);
    if (!record || record.pausedAt !== null) continue;
    const due = await dueOf(scheduled, { record, active: active.get(scheduled.job.name), ports });
    items.push(...due.items);
    againInMs = Math.min(againInMs, due.againInMs);
  }
  return { items, againInMs };
}

interface Known {
  readonly record: JobRecord;
  readonly active: LeasedRun | undefined;
  readonly ports: DueWorkPorts;
}

async function dueOf(scheduled: ScheduledJob, { record, active, ports }: Known): Promise<DueWork> {
  const { job } = scheduled;
  const { readAt } = record;
  if (active?.leaseUntil === null) return freeShards(active, { readAt, ports });
  if (active) {
    const leftMs = active.leaseUntil - readAt;
    return leftMs > 0 ? later(leftMs) : now(active, active.tick, active.leaseUntil);
  }
  const tick = latestTick(scheduled.schedule, addMs(readAt, -job.delayMs));
  if (tick !== null && tick > record.watermark) {
    const oldest = scheduled.schedule.next(record.watermark) ?? tick;
    const notBefore = addMs(tick, job.delayMs);
    return now({ job: job.name, tick, notBefore }, oldest, addMs(oldest, job.delayMs));
  }
  const mayRepeat = job.retryRun && record.recent[0]?.status === 'failed';
  const failed = mayRepeat ? await failedRun(job, ports) : null;
  if (!failed) return later(Infinity);
  if (failed.dueInMs > 0) return later(failed.dueInMs);
  return now({ job: job.name, tick: failed.tick }, failed.tick, addMs(readAt, failed.dueInMs));
}

async function freeShards(
  { job, tick, attemptedAt }: LeasedRun,
  { readAt, ports }: { readonly readAt: Instant; readonly ports: DueWorkPorts },
): Promise<DueWork> {
  const shards = (await ports.shardLedger?.list(job, tick)) ?? [];
  const open = shards.filter(({ status }) => status === 'open');
  const items = open
    .filter(({ leaseUntil }) => (leaseUntil ?? readAt) <= readAt)
    .map(({ index, leaseUntil }) => {
      const item = courierItem({ job, tick, shard: { index, count: shards.length } });
      return { item, waitsFor: item.key, dueSince: leaseUntil ?? attemptedAt ?? tick };
    });
  const leftMs = open.map(({ leaseUntil }) => (leaseUntil ?? readAt) - readAt).filter((ms) => ms > 0);
  return { items, againInMs: Math.min(Infinity, ...leftMs) };
}

function now(
  run: Pick<CourierItem, 'job' | 'tick'> & Partial<Pick<CourierItem, 'notBefore'>>,
  oldest: Instant,
  dueSince: Instant,
): DueWork {
  const { job, tick, notBefore = tick } = run;
  const item = courierItem({ job, tick, notBefore });
  return { items: [{ item, waitsFor: `${job} ${oldest}`, dueSince }], againInMs: Infinity };
}

function later(againInMs: number): DueWork {
  return { items: [], againInMs };
}
