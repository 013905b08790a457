import { IntervalSchedule, VirtualClock, memoryStore, hourlyJobs } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineJob } from '../jobs/job-definition.ts';
import type { ScheduledJob } from '../jobs/scheduled-job.ts';
import type { Claim } from '../jobs/run-ledger.ts';
import type { Run } from '../jobs/run.ts';
import { HOUR_MS, MINUTE_MS, instant, addMs } from '../time/instant.ts';
import { areAllHealthy } from './all-healthy.ts';
import type { FailingRule } from './failing.ts';
import { judgeJobs } from './job-health.ts';

const start = instant('2026-11-24T00:00:00Z');
const leaseMs = 15_000;

const names = ['sweep', 'archive'];
const job = fc.constantFrom(...names);
/** An hour, counted from the newest that has begun. */
const hoursBack = fc.integer({ min: 0, max: 3 });

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ call: fc.constant('run' as const), job, hoursBack, good: fc.boolean() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        call: fc.constantFrom('begin' as const, 'pass' as const, 'skip' as const, 'reopen' as const),
        job,
        hoursBack,
      }),
    },
    { weight: 2, arbitrary: fc.record({ call: fc.constant('end' as const), job, good: fc.boolean() }) },
    fc.record({ call: fc.constant('pause' as const), job }),
    fc.record({ call: fc.constant('resume' as const), job }),
    {
      weight: 3,
      // Now and then the store's clock is put back.
      arbitrary: fc.record({
        call: fc.constant('wait' as const),
        minutes: fc.oneof(
          { weight: 9, arbitrary: fc.integer({ min: 1, max: 90 }) },
          { weight: 1, arbitrary: fc.integer({ min: -200, max: -1 }) },
        ),
      }),
    },
    { weight: 8, arbitrary: fc.constant({ call: 'record' as const }) },
  ),
  { maxLength: 60, size: 'max' },
);
type Step = (typeof steps extends fc.Arbitrary<infer All> ? All : never)[number];

const rules = fc.record(
  {
    consecutiveFailures: fc.integer({ min: 1, max: 3 }),
    failureRate: fc.constantFrom(0.2, 0.5, 1),
    sampleSize: fc.integer({ min: 1, max: 6 }),
  },
  { noNullPrototype: true },
);

/** Two hourly jobs in a ledger that everything happens to. */
class Ledger {
  readonly #clock = new VirtualClock(start);
  readonly #store = memoryStore(this.#clock);
  readonly #claims = new Map<string, Claim>();
  readonly #jobs: readonly ScheduledJob[];

  constructor(failing: FailingRule) {
    this.#jobs = names.map((name) => ({
      schedule: new IntervalSchedule(60),
      job: defineJob({
        name,
        schedule: { cron: '0 * * * *' },
        lateAfterMs: 65 * MINUTE_MS,
        timeoutMs: 20 * MINUTE_MS,
        failing,
        batch: async () => ({ processed: 0, next: null }),
      }),
    }));
  }

  async register(): Promise<void> {
    await this.#store.jobRegistry.register(hourlyJobs(...names), start);
  }

  async take(step: Step): Promise<void> {
    const { jobRegistry, ledger } = this.#store;
    if (step.call === 'wait') return this.#clock.jumpTo(this.#clock.now() + step.minutes * MINUTE_MS);
    if (step.call === 'record') return this.#recordVerdicts();
    const claim = this.#claims.get(step.job);
    if (step.call === 'pause') return void (await jobRegistry.pause(step.job));
    if (step.call === 'resume') return void (await jobRegistry.resume(step.job));
    if (step.call === 'end') return claim && this.#end(claim, step.good);
    const tick = addMs(start, (Math.floor((this.#clock.now() - start) / HOUR_MS) - step.hoursBack) * HOUR_MS);
    const request = { job: step.job, tick, instanceId: 'one', leaseMs, again: true };
    if (step.call === 'pass') return void (await ledger.recordIdleTick(request));
    if (step.call === 'skip') return void (await ledger.skip(step.job, [tick], 'missed'));
    const outcome = await (step.call === 'reopen' ? ledger.reopen(request) : ledger.claim(request));
    if (outcome.kind !== 'claimed') return;
    this.#claims.set(step.job, outcome.claim);
    if (step.call === 'run') await this.#end(outcome.claim, step.good);
  }

  /** What a quick look says, and what all that is known of the jobs says. */
  async look(): Promise<{ readonly quick: boolean; readonly thorough: boolean }> {
    const { jobRegistry, ledger } = this.#store;
    const now = this.#clock.now();
    const judged = judgeJobs(this.#jobs, await jobRegistry.records(), now);
    const newest = await Promise.all(names.map(async (name) => (await ledger.runs(name, { limit: 1 }))[0]));
    const isWell = judged.every(
      ({ health, record }) =>
        health.verdict === 'healthy' && record.judged?.verdict === 'healthy' && record.running === null,
    );
    return {
      quick: areAllHealthy(this.#jobs, await jobRegistry.summaries(), now),
      thorough: isWell && newest.every((run: Run | undefined) => !run || run.status === 'succeeded'),
    };
  }

  async #end(claim: Claim, good: boolean): Promise<void> {
    const { ledger } = this.#store;
    const ending = good
      ? ledger.succeed(null, claim, { checkpoint: null, processed: 1 })
      : ledger.fail(claim, 'poison');
    // It may have ended before.
    await ending.catch(() => undefined);
  }

  async #recordVerdicts(): Promise<void> {
    const { jobRegistry, verdictLog, transactions } = this.#store;
    const now = this.#clock.now();
    await transactions.run(async (tx) => {
      const judged = judgeJobs(this.#jobs, await jobRegistry.records(tx), now);
      const changes = judged.map(({ health: { job: name, verdict }, record: { judged: before } }) => ({
        before,
        after: { job: name, verdict, since: now, alertedAt: null, alertedSeverity: null },
      }));
      await verdictLog.record(tx, changes);
    });
  }
}

describe('isAllWell', () => {
  it('says so when judging every job finds nothing to record, and its newest run has succeeded, and else never', async () => {
    const seen = { well: 0, unwell: 0 };
    await fc.assert(
      fc.asyncProperty(rules, steps, async (failing, history) => {
        const ledger = new Ledger(failing);
        await ledger.register();
        for (const step of history) {
          await ledger.take(step);
          const { quick, thorough } = await ledger.look();
          expect(quick).toBe(thorough);
          seen[quick ? 'well' : 'unwell'] += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(Math.min(seen.well, seen.unwell)).toBeGreaterThan(100);
  });
});
