import type { DomainEvent } from '../../engine/events/domain-event.ts';
import { createAbortController } from '../../engine/time/abort.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { Json } from '../../engine/common/json.ts';
import type { JobDefinition } from '../../engine/jobs/job-definition.ts';
import type { ScheduledJob } from '../../engine/jobs/scheduled-job.ts';

/** What a tick would do to imported players. */
export interface TriedTick {
  readonly job: string;
  readonly tick: Instant;
  /** How many of them it would change. */
  readonly changed: number;
  /** How many events of each type it would write about them. */
  readonly events: Readonly<Record<string, number>>;
}

/** Tries the next ticks of jobs on the players of one batch after the other, and adds up what they would do. */
export interface TickTrial {
  /** Runs the ticks in a transaction that will be rolled back. Returns how many players each would change. */
  readonly run: (tx: Transaction, players: readonly string[]) => Promise<readonly number[]>;
  readonly add: (changed: readonly number[], events: readonly DomainEvent[]) => void;
  readonly report: readonly TriedTick[];
}

/** Returns the trial of the first ticks of each job after an instant, in order of time. */
export function tryTicks(jobs: readonly ScheduledJob[], after: Instant, ticks: number): TickTrial {
  const tried = nextTicks(jobs, after, ticks).map(({ job, tick }) => ({
    job,
    tick,
    changed: 0,
    events: new Map<string, number>(),
  }));
  return {
    run: async (tx, players) => {
      const changed: number[] = [];
      for (const { job, tick } of tried) changed.push(await runOn(tx, job, tick, players));
      return changed;
    },
    add: (changed, events) => {
      changed.forEach((count, index) => (tried[index]!.changed += count));
      for (const { type, occurredAt } of events) {
        const counts = tried.find(({ job, tick }) => tick === occurredAt && writes(job, type))?.events;
        counts?.set(type, (counts.get(type) ?? 0) + 1);
      }
    },
    get report() {
      return tried.map(({ job, events, ...rest }) => ({
        ...rest,
        job: job.name,
        events: Object.fromEntries(events),
      }));
    },
  };
}

function nextTicks(
  jobs: readonly ScheduledJob[],
  after: Instant,
  ticks: number,
): readonly { readonly job: JobDefinition; readonly tick: Instant }[] {
  const all = jobs.flatMap(({ job, schedule }) => {
    const own: { readonly job: JobDefinition; readonly tick: Instant }[] = [];
    let tick = schedule.next(after);
    for (; tick !== null && own.length < ticks; tick = schedule.next(tick)) own.push({ job, tick });
    return own;
  });
  return all.sort((a, b) => a.tick - b.tick);
}

async function runOn(
  tx: Transaction,
  job: JobDefinition,
  asOf: Instant,
  only: readonly string[],
): Promise<number> {
  if (only.length === 0) return 0;
  const { signal } = createAbortController();
  let processed = 0;
  let checkpoint: Json = null;
  do {
    const limit = only.length;
    const batch = await job.batch({
      tx,
      job: job.name,
      asOf,
      checkpoint,
      limit,
      only,
      shard: null,
      skip: [],
      dryRun: true,
      signal,
    });
    processed += batch.processed;
    checkpoint = batch.next;
  } while (checkpoint !== null);
  return processed;
}

/** Two jobs may have a tick at one instant: lives and streaks write events of different types. */
function writes({ name }: JobDefinition, type: string): boolean {
  return (name === 'life-regeneration') === type.startsWith('Lives');
}
