import {
  GamekeeperError,
  iso,
  type Batch,
  type Instant,
  type JobDefinition,
  type Json,
  type ShardPart,
} from '@gamekeeper/core';
import { createAbortController, failureText } from '@gamekeeper/core/engine';
import type { SimulatedStore } from './scenario.ts';

/** A job failed without any fault, so there is no reference to compare with. */
export class BrokenScenarioError extends GamekeeperError<'BROKEN_SCENARIO'> {
  constructor(job: JobDefinition, tick: Instant, cause: unknown) {
    super(
      'BROKEN_SCENARIO',
      `${job.name} at ${iso(tick)} failed in the undisturbed history (${String(cause)}); correct the job or the store of the scenario first.`,
      { cause },
    );
  }
}

/** A step of the undisturbed history. */
export type Step<Version extends Json = Json> =
  | {
      /** One batch of a run or shard, all remaining ones, only the end of a run, or the end of a run without work. */
      readonly kind: 'batch' | 'rest' | 'finish' | 'pass';
      readonly shard?: ShardPart;
      readonly job: string;
      readonly tick: Instant;
      readonly version: Version | null;
      readonly at: Instant;
    }
  | {
      readonly kind: 'action';
      readonly index: number;
      /** Whether ticks before the action may not have run yet. */
      readonly appliesDueTicks: boolean;
      readonly at: Instant;
    };

/** No batch of the reference selects or excludes items. */
const everything = { shard: null, only: null, skip: [], dryRun: false };

/** The runs of a reference, each of which may be between two batches. */
export class ReferenceRuns<Version extends Json> {
  readonly #store: SimulatedStore;
  readonly #jobsOf: (version: Version | null) => Promise<readonly JobDefinition[]>;
  readonly #standing = new Map<string, { checkpoint: Json; readonly skip: readonly string[] }>();
  readonly #ended = new Set<string>();

  constructor(store: SimulatedStore, jobsOf: (version: Version | null) => Promise<readonly JobDefinition[]>) {
    this.#store = store;
    this.#jobsOf = jobsOf;
  }

  async play({
    kind,
    job: name,
    tick,
    version,
    shard,
  }: Exclude<Step<Version>, { kind: 'action' }>): Promise<void> {
    const jobs = await this.#jobsOf(version);
    const job = jobs.find((one) => one.name === name)!;
    try {
      if (kind !== 'finish') await this.#play(job, tick, { toTheEnd: kind === 'rest', shard });
      if (kind !== 'batch') await this.#finish(job, tick);
    } catch (cause) {
      throw new BrokenScenarioError(job, tick, cause);
    }
  }

  async #play(
    job: JobDefinition,
    asOf: Instant,
    { toTheEnd, shard }: { readonly toTheEnd: boolean; readonly shard: ShardPart | undefined },
  ): Promise<void> {
    const run = `${job.name} ${asOf}${shard ? ` shard ${shard.index}` : ''}`;
    if (this.#ended.has(run)) return;
    const { signal } = createAbortController();
    const limit = job.maxBatchSize;
    const about = { ...everything, job: job.name, asOf, limit, shard: shard?.part ?? null, signal };
    const known = this.#standing.get(run);
    if (!known && !shard && (await job.isIdle?.(asOf))) return void this.#ended.add(run);
    const standing = known ?? { checkpoint: null, skip: await spoiltItems(this.#store, job, about) };
    this.#standing.set(run, standing);
    for (;;) {
      const { next } = await this.#store.transactions.run((tx) => job.batch({ ...about, ...standing, tx }));
      standing.checkpoint = next;
      if (next === null) this.#ended.add(run);
      if (!toTheEnd || next === null) return;
    }
  }

  async #finish(job: JobDefinition, asOf: Instant): Promise<void> {
    const { signal } = createAbortController();
    const counts = { processed: 0, failedItems: 0 };
    await this.#store.transactions.run(async (tx) =>
      job.finish?.({ tx, job: job.name, asOf, ...counts, dryRun: false, signal }),
    );
  }
}

/** Law 10 in its simplest form: each item is tried alone; failing ones are recorded and skipped. */
async function spoiltItems(
  store: SimulatedStore,
  job: JobDefinition,
  about: Omit<Batch, 'tx' | 'checkpoint'>,
): Promise<readonly string[]> {
  const { asOf } = about;
  const items = await job.items?.({ asOf, checkpoint: null, shard: null, limit: job.maxBatchSize, skip: [] });
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
