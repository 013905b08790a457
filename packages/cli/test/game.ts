import { createJobHost, type JobHost, type JobHostOptions } from '@gamekeeper/composition';
import { defineJob, instant, silentLogger, type AlertRoute } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters, memoryStore } from '@gamekeeper/testkit';

/** Half an hour before noon. */
export const start = instant('2026-11-24T11:30:00Z');

/** Built-in jobs that tables in tests need not have. */
const fewJobs = Object.fromEntries(
  ['leaderboard-reset-weekly', 'leaderboard-reset-monthly', 'leaderboard-recalculation', 'retention'].map(
    (job) => [job, { enabled: false }],
  ),
);

/** A game in memory at an instant that the test says, whose own job greets everybody but the shy. */
export class Game {
  readonly clock = new VirtualClock(start);
  readonly store = memoryStore(this.clock);
  readonly shy = new Set<string>();
  greeted: string[] = [];
  alerts: readonly AlertRoute[] = [];
  /** Called in the middle of a greeting. */
  onBatch: () => Promise<void> | void = () => undefined;
  batches = 1;

  /** The configuration of the game, which has changed in the code by `changes`. */
  config(changes: Partial<JobHostOptions> = {}): JobHostOptions {
    return {
      modules: [memoryAdapters(this.store), cronerScheduler()],
      clock: this.clock,
      logger: silentLogger,
      ...changes,
      jobOverrides: { ...fewJobs, ...changes.jobOverrides },
      jobs: [this.#greeting(), ...(changes.jobs ?? [])],
      health: { alerts: this.alerts, ...changes.health },
    };
  }

  /** A backend of this game, registered. */
  async backend(): Promise<JobHost> {
    const host = createJobHost(this.config());
    await host.open();
    return host;
  }

  /** All that is registered of jobs and rules. */
  async record(): Promise<object> {
    const { jobRegistry, verdictLog, ledger, ruleHistory, skewedInstances } = this.store;
    return {
      ticks: await jobRegistry.ticks(),
      rules: await ruleHistory.changes(),
      verdicts: await verdictLog.list(['greeting', 'check:clock']),
      skewed: await skewedInstances.list(),
      runs: await ledger.runs('greeting', { limit: 100 }),
    };
  }

  #greeting() {
    const owed = (skip: readonly string[] = []): readonly string[] =>
      ['ada', 'bob', 'cy'].filter((name) => !this.greeted.includes(name) && !skip.includes(name));
    return defineJob({
      name: 'greeting',
      schedule: { cron: '0 * * * *' },
      retry: { maxAttempts: 1 },
      maxFailureRate: 1,
      supportsDryRun: true,
      items: async ({ skip }) => owed(skip),
      batch: async ({ only, skip, dryRun, checkpoint }) => {
        await this.onBatch();
        const names = only ?? owed(skip);
        const unhappy = names.find((name) => this.shy.has(name));
        if (unhappy !== undefined) throw new Error(`${unhappy} is shy`);
        if (!dryRun) this.greeted.push(...names);
        const done = Number(checkpoint ?? 0) + 1;
        return { processed: names.length, next: only || done >= this.batches ? null : done };
      },
    });
  }
}
