import {
  GamekeeperError,
  createAbortController,
  iso,
  failureText,
  type Batch,
  type BatchResult,
  type Clock,
  type Instant,
  type JobDefinition,
  type Json,
  type ScheduledJob,
  type Timer,
} from '@gamekeeper/core';
import { inWords, type Performed } from './perform.ts';
import type { Scenario, SimulatedStore } from './scenario.ts';

/** A job failed although nothing was in its way: there is nothing to compare with. */
export class BrokenScenarioError extends GamekeeperError<'BROKEN_SCENARIO'> {
  constructor({ job }: ScheduledJob, tick: Instant, cause: unknown) {
    super(
      'BROKEN_SCENARIO',
      `${job.name} at ${iso(tick)} failed in the undisturbed history (${String(cause)}); correct the job or the store of the scenario first.`,
      { cause },
    );
  }
}

/** A tick that a history ran, of the job at an index. */
export interface ReferenceTick {
  readonly at: Instant;
  readonly job: number;
}

/** The undisturbed history of the same ticks and actions. */
export interface Reference<Store> {
  readonly store: Store;
  readonly clock: Clock;
  /** What each action was answered. */
  readonly answers: readonly string[];
}

/**
 * Plays ticks and actions one after the other, each at its instant, without an engine: at one instant ticks come first,
 * in the order of the jobs.
 *
 * @param ticks in order of time, at one instant in the order of jobs
 */
export async function playReference<Store extends SimulatedStore, Action extends Json>(
  scenario: Scenario<Store, Action>,
  {
    jobsOn,
    ticks,
    actions,
    through,
  }: {
    readonly jobsOn: (store: Store, clock: Clock) => readonly ScheduledJob[];
    readonly ticks: readonly ReferenceTick[];
    readonly actions: readonly Performed<Action>[];
    readonly through: Instant;
  },
): Promise<Reference<Store>> {
  const clock = new StandingClock(through);
  const store = (scenario.openReference ?? scenario.openStore)(clock);
  const jobs = jobsOn(store, clock);
  const act = scenario.players(store, clock);
  const answers: string[] = [];
  let next = 0;
  const runTicks = async (upTo: Instant): Promise<void> => {
    for (let tick = ticks[next]; tick && tick.at <= upTo; tick = ticks[(next += 1)]) {
      clock.standAt(tick.at);
      await runTick(store, jobs[tick.job]!, tick.at).catch((cause: unknown) => {
        throw new BrokenScenarioError(jobs[tick.job]!, tick.at, cause);
      });
    }
  };

  for (const { at, action } of actions) {
    await runTicks(at);
    clock.standAt(at);
    answers.push(await inWords(act(action)));
  }
  await runTicks(through);
  clock.standAt(through);
  return { store, clock, answers };
}

/** No batch of the reference is about certain items, or leaves any out. */
const everything = { only: null, skip: [], dryRun: false };

async function runTick(store: SimulatedStore, { job }: ScheduledJob, asOf: Instant): Promise<void> {
  if (await job.isIdle?.(asOf)) return;
  const { signal } = createAbortController();
  const about = { ...everything, job: job.name, asOf, limit: job.maxBatch, signal };
  const skip = await spoiltItems(store, job, about);
  let checkpoint: Json = null;
  do {
    const from: Json = checkpoint;
    const result: BatchResult = await store.transactions.run((tx) =>
      job.batch({ ...about, tx, skip, checkpoint: from }),
    );
    checkpoint = result.next;
  } while (checkpoint !== null);
}

/** Law 10 at its plainest: each item is tried alone, and those that fail are put on record and left alone. */
async function spoiltItems(
  store: SimulatedStore,
  job: JobDefinition,
  about: Omit<Batch, 'tx' | 'checkpoint'>,
): Promise<readonly string[]> {
  const { asOf } = about;
  const items = await job.items?.({ asOf, checkpoint: null, limit: job.maxBatch, skip: [] });
  const skip: string[] = [];
  const undone = new Error('the item was only tried');
  for (const item of items ?? []) {
    await store.transactions
      .run(async (tx) => {
        await job.batch({ ...about, tx, checkpoint: null, only: [item] });
        throw undone;
      })
      .catch(async (error: unknown) => {
        if (error === undone) return;
        skip.push(item);
        const failure = { job: job.name, tick: asOf, item, error: failureText(error) };
        await store.transactions.run((tx) => store.failedItems.record(tx, failure));
      });
  }
  return skip;
}

/** A clock that stands where it is put. */
class StandingClock implements Clock {
  #now: Instant;

  constructor(now: Instant) {
    this.#now = now;
  }

  standAt(now: Instant): void {
    this.#now = now;
  }

  now(): Instant {
    return this.#now;
  }

  setTimer(): Timer {
    return { cancel: () => undefined };
  }
}
