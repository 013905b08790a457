import type { JobHost } from '@gamekeeper/composition';
import {
  isGamekeeperError,
  type Clock,
  type Instant,
  type TickOutcome,
  type WithDates,
} from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { replayHost, type GameConfig } from '../replay.ts';
import { FaultInjector, withFaults, type FaultPlan } from './fault-injector.ts';

/** Shorter than the interval between any two ticks, and so small that a run has several batches. */
const LEASE_MS = 15_000;
const MAX_BATCH = 10;
const batchedJobs = ['life-regeneration', 'streak-update', 'session-cleanup'];

/** The result of running a tick on an instance. */
export type InstanceOutcome = TickOutcome['kind'] | 'failed' | 'crashed' | 'asleep';

/** One of the processes of a chaos replay. */
export class Instance {
  readonly host: JobHost;
  readonly #faults = new FaultInjector();
  #unfinished: Promise<unknown> = Promise.resolve();

  constructor({
    store,
    clock,
    instanceId,
    game,
  }: {
    readonly store: HostModule;
    readonly clock: Clock;
    readonly instanceId: string;
    readonly game: GameConfig;
  }) {
    this.host = replayHost({
      store: withFaults(this.#faults, store),
      clock,
      instanceId,
      game,
      engine: { leaseMs: LEASE_MS },
      jobOverrides: Object.fromEntries(batchedJobs.map((job) => [job, { maxBatchSize: MAX_BATCH }])),
    });
  }

  get isDead(): boolean {
    return this.#faults.hasCrashed;
  }

  get isAsleep(): boolean {
    return this.#faults.isAsleep;
  }

  /** Runs a tick. The fault of the plan strikes if its call is reached. */
  async run(job: string, tick: Instant, plan: FaultPlan | null): Promise<InstanceOutcome> {
    const asleep = this.#faults.arm(plan);
    const run = this.#answer(this.host.runNow(job, { tick }));
    this.#unfinished = run;
    const answer = await Promise.race([run, asleep.then(() => 'asleep' as const)]);
    if (answer !== 'asleep') void this.#faults.arm(null);
    return answer;
  }

  /** Runs a player's action. Returns whether it was acknowledged. */
  async act(action: () => Promise<void>, plan: FaultPlan | null): Promise<boolean> {
    void this.#faults.arm(plan);
    try {
      await action();
      return true;
    } catch (error) {
      if (!this.isDead) throw error;
      return false;
    } finally {
      void this.#faults.arm(null);
    }
  }

  /** Continues where the process was paused, until its run has ended or is known to be lost. */
  async wake(): Promise<void> {
    this.#faults.wake();
    await this.#unfinished;
  }

  async #answer(outcome: Promise<WithDates<TickOutcome>>): Promise<InstanceOutcome> {
    try {
      const ended = await outcome;
      if (ended.kind !== 'ran') return ended.kind;
      if (ended.report.end === 'failed') throw ended.report.error;
      return 'ran';
    } catch (error) {
      if (this.isDead && isGamekeeperError(error) && error.code === 'STORE_UNAVAILABLE') return 'crashed';
      throw error;
    }
  }
}
