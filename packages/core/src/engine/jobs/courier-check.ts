import { wholeNumber } from '../common/options.ts';
import type { CheckFinding, HealthCheck } from '../health/check.ts';
import { formatDuration } from '../health/format-duration.ts';
import { ENDING_MS } from '../health/job-health.ts';
import { withTimeout, type Clock } from '../time/clock.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS, addMs, iso, type Instant } from '../time/instant.ts';
import type { Courier } from './courier.ts';
import { dueWork, type DueWorkPorts } from './due-work.ts';
import type { RunOverview } from './run-overview.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { Shard } from './shard-ledger.ts';

/** The name of the check of what a courier carries. */
export const COURIER_CHECK = 'courier';

/** The limits beyond which the work of a courier is unhealthy. */
export interface CourierLimits {
  /** How long a run or a shard may be due without anybody working on it. Milliseconds, default 5 minutes. */
  readonly maxWaitMs: number;
}

/** The facts of {@link courierCheck}. */
export interface CourierFacts {
  /** Items that wait in the queue; `null` if the courier cannot count them, or is away. */
  readonly waiting: number | null;
  /** Jobs with a run that is due and that nobody works on, by the ledger. */
  readonly dueRuns: number;
  /** Shards that are open and that nobody works on, by the ledger. */
  readonly dueShards: number;
  /** Shards that have not ended although they began longer ago than an attempt may take: held, or taken over in vain. */
  readonly stuckShards: number;
  /** For how long the first of the due runs and shards has been due; `null` if there is none. Milliseconds. */
  readonly longestWaitMs: number | null;
  /**
   * The instances that attempted the newest runs or shards of them: at most ten, the latest first. `lastAttemptAt` is
   * ISO text.
   */
  readonly workers: readonly { readonly instance: string; readonly lastAttemptAt: string }[];
}

/** What the check reads. */
export type CourierCheckPorts = DueWorkPorts & {
  readonly runOverview: Pick<RunOverview, 'active' | 'instances'>;
};

const COUNT_TIMEOUT_MS = 2 * SECOND_MS;
const RUNS_LOOKED_AT = 20;
const MOST_NAMED = 10;

/**
 * Returns the limits with defaults filled in.
 *
 * @throws {InvalidOptionError} naming `<path>.maxWaitMs`
 */
export function courierLimits(
  path: string,
  { maxWaitMs = 5 * MINUTE_MS }: Partial<CourierLimits> = {},
): CourierLimits {
  return { maxWaitMs: wholeNumber(`${path}.maxWaitMs`, maxWaitMs, { min: SECOND_MS, max: DAY_MS }) };
}

/**
 * Returns the check that reports runs and shards that nobody works on, and shards that do not end. It reads the ledger,
 * so it notices also when the courier is away, or nobody sends or works.
 */
export function courierCheck(
  courier: Pick<Courier, 'waiting'>,
  {
    jobs,
    ports,
    clock,
    maxWaitMs,
  }: CourierLimits & {
    readonly jobs: readonly ScheduledJob[];
    readonly ports: CourierCheckPorts;
    readonly clock: Clock;
  },
): HealthCheck<CourierFacts> {
  const names = jobs.map(({ job }) => job.name);
  return {
    name: COURIER_CHECK,
    judge: async (now) => {
      const { items } = await dueWork(jobs, ports);
      const seen = await ports.runOverview.instances({ jobs: names, limit: RUNS_LOOKED_AT });
      const since = items.length > 0 ? (Math.min(...items.map(({ dueSince }) => dueSince)) as Instant) : null;
      const shards = items.filter(({ item }) => item.shard).length;
      const stuck = await stuckShards(jobs, ports, now);
      const facts: CourierFacts = {
        waiting: await count(courier, names, clock),
        dueRuns: items.length - shards,
        dueShards: shards,
        stuckShards: stuck.length,
        longestWaitMs: since === null ? null : Math.max(0, now - since),
        workers: seen.slice(0, MOST_NAMED).map(({ instanceId, lastAttemptAt }) => ({
          instance: instanceId,
          lastAttemptAt: iso(lastAttemptAt),
        })),
      };
      if (since !== null && now - since > maxWaitMs) {
        const text = `${facts.dueRuns} runs and ${shards} shards are due and nobody works on them, the first for ${formatDuration(now - since)}`;
        return { facts, finding: { severity: 'critical', text, since } };
      }
      const [first] = stuck;
      return { facts, finding: first ? stuckFinding(first, stuck.length) : null };
    },
  };
}

interface StuckShard {
  readonly job: string;
  readonly tick: Instant;
  readonly shard: Shard;
  /** When it should have ended. */
  readonly since: Instant;
}

/** Returns the shards that began too long ago, the longest first. */
async function stuckShards(
  jobs: readonly ScheduledJob[],
  { runOverview, shardLedger }: CourierCheckPorts,
  now: Instant,
): Promise<readonly StuckShard[]> {
  const timeouts = new Map(jobs.map(({ job }) => [job.name, job.timeoutMs]));
  const divided = (await runOverview.active()).filter(({ leaseUntil }) => leaseUntil === null);
  const stuck: StuckShard[] = [];
  for (const { job, tick } of divided)
    for (const shard of (await shardLedger?.list(job, tick)) ?? []) {
      const since = addMs(shard.startedAt ?? now, (timeouts.get(job) ?? Infinity) + ENDING_MS);
      if (shard.status === 'open' && now > since) stuck.push({ job, tick, shard, since });
    }
  return stuck.sort((a, b) => a.since - b.since);
}

function stuckFinding({ job, tick, shard, since }: StuckShard, count: number): CheckFinding {
  const { index, fence, instanceId } = shard;
  const what = `shard ${index} of ${job} at ${iso(tick)} has not ended in the time of an attempt, after ${fence} attempts, the last by ${instanceId}`;
  const others = count > 1 ? ` (and ${count - 1} others)` : '';
  return { severity: 'critical', text: `${what}${others}`, since };
}

async function count(
  courier: Pick<Courier, 'waiting'>,
  jobs: readonly string[],
  clock: Clock,
): Promise<number | null> {
  try {
    const { waiting } = courier;
    return waiting ? await withTimeout(clock, COUNT_TIMEOUT_MS, () => courier.waiting!(jobs)) : null;
  } catch {
    return null;
  }
}
