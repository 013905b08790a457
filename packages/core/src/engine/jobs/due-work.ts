import { addMs, type Instant } from '../time/instant.ts';
import { latestTick } from '../time/schedule.ts';
import { courierItem, type CourierItem } from './courier.ts';
import type { EnginePorts } from './engine-ports.ts';
import { failedRun } from './failed-run.ts';
import type { JobRecord } from './job-registry.ts';
import type { ActiveRun } from './run-ledger.ts';
import type { ScheduledJob } from './scheduled-job.ts';

/** A run or shard that is due and not done, and that nobody works on. */
export interface DueItem {
  readonly item: CourierItem;
  /** Stays the same until the job has made progress, also if newer ticks become due meanwhile. */
  readonly waitsFor: string;
}

/** What is due and not done, and nobody works on. */
export interface DueWork {
  readonly items: readonly DueItem[];
  /** When more may be due before the next tick: a lease ends, or a failed run is to be repeated. May be `Infinity`. */
  readonly againInMs: number;
}

type Ports = Pick<EnginePorts, 'jobRegistry' | 'ledger' | 'shardLedger' | 'storeTime'>;

/**
 * Reads from the ledger which runs and shards of these jobs are due, not done, and not held by a live lease: two
 * statements, and one for each run that is divided or has failed. A job with several due ticks has one item, for its
 * newest: the host that works on it begins with the oldest.
 */
export async function dueWork(jobs: readonly ScheduledJob[], ports: Ports): Promise<DueWork> {
  const records = new Map((await ports.jobRegistry.records()).map((record) => [record.job, record]));
  const active = new Map((await ports.ledger.active()).map((run) => [run.job, run]));
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

async function dueOf(
  { job, schedule }: ScheduledJob,
  {
    record,
    active,
    ports,
  }: { readonly record: JobRecord; readonly active: ActiveRun | undefined; readonly ports: Ports },
): Promise<DueWork> {
  const { delayMs } = job;
  if (active?.isDivided) return freeShards(active, ports);
  if (active && active.heldForMs > 0) return { items: [], againInMs: active.heldForMs };
  const tick = active?.tick ?? latestTick(schedule, addMs(record.readAt, -delayMs));
  if (tick !== null && (active || tick > record.watermark)) {
    const oldest = active?.tick ?? schedule.next(record.watermark) ?? tick;
    return only(courierItem({ job: job.name, tick, notBefore: addMs(tick, delayMs) }), oldest);
  }
  const mayRepeat = job.retryRun && record.recent[0]?.status === 'failed';
  const failed = mayRepeat ? await failedRun(job, ports) : null;
  if (!failed) return { items: [], againInMs: Infinity };
  if (failed.dueInMs > 0) return { items: [], againInMs: failed.dueInMs };
  return only(courierItem({ job: job.name, tick: failed.tick }), failed.tick);
}

async function freeShards(
  { job, tick }: ActiveRun,
  { shardLedger, storeTime }: Pick<Ports, 'shardLedger' | 'storeTime'>,
): Promise<DueWork> {
  const shards = (await shardLedger?.list(job, tick)) ?? [];
  const now = await storeTime.now();
  const open = shards.filter(({ status }) => status === 'open');
  const leftMs = open.map(({ leaseUntil }) => (leaseUntil ?? now) - now);
  return {
    items: open
      .filter((_, place) => leftMs[place]! <= 0)
      .map(({ index }) => courierItem({ job, tick, shard: { index, count: shards.length } }))
      .map((item) => ({ item, waitsFor: item.key })),
    againInMs: Math.min(Infinity, ...leftMs.filter((ms) => ms > 0)),
  };
}

function only(item: CourierItem, oldest: Instant): DueWork {
  return { items: [{ item, waitsFor: `${item.job} ${oldest}` }], againInMs: Infinity };
}
