import type { BatchProgress } from '../jobs/batch-progress.ts';
import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import {
  IntervalSchedule,
  MemoryDatabase,
  VirtualClock,
  hourlyJobs,
  memoryJobPorts,
} from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { defineJob, type JobDefinition, type JobOptions } from '../jobs/job-definition.ts';
import type { Claim } from '../jobs/run-ledger.ts';
import { HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../time/instant.ts';
import type { Schedule } from '../time/schedule.ts';
import { judgeJob, type JobHealth } from './job-health.ts';

const start = instant('2026-11-24T00:00:00Z');
const hour = (count: number): Instant => addMs(start, count * HOUR_MS);

const neverAgain: Schedule = {
  cron: 'never again',
  timeZone: 'UTC',
  next: () => null,
  previous: () => null,
  between: () => [],
};

/** An hourly job that is late after 65 minutes, in a real ledger on virtual time. */
class History {
  readonly #clock = new VirtualClock(start);
  readonly #database = new MemoryDatabase(this.#clock);
  readonly #ports = memoryJobPorts(this.#database);
  readonly #ledger = this.#ports.ledger;
  readonly #schedule: Schedule;
  readonly #job: JobDefinition;

  constructor(
    schedule: Schedule = new IntervalSchedule(60),
    options: Partial<JobOptions> = { lateAfterMs: 65 * MINUTE_MS },
  ) {
    this.#schedule = schedule;
    const batch = async (): Promise<BatchProgress> => ({ processed: 0, next: null });
    this.#job = defineJob({ name: 'sweep', schedule: { cron: '0 * * * *' }, batch, ...options });
  }

  static async begin(...options: ConstructorParameters<typeof History>): Promise<History> {
    const history = new History(...options);
    await history.#ports.jobRegistry.register(hourlyJobs('sweep'), start);
    return history;
  }

  async claim(tick: Instant): Promise<Claim> {
    this.#clock.jumpTo(Math.max(this.#clock.now(), tick));
    const request = { job: 'sweep', tick, instanceId: 'one', leaseMs: 15_000, again: true };
    const outcome = await this.#ledger.claim(request);
    if (outcome.kind !== 'claimed') throw new Error(`the run is ${outcome.kind}`);
    return outcome.claim;
  }

  async divide(claim: Claim): Promise<void> {
    await this.#ports.shardLedger.divide(claim, { parts: [1, 2], next: null });
  }

  async succeed(tick: Instant, durationMs = 0): Promise<void> {
    const claim = await this.claim(tick);
    this.passTime(durationMs);
    await this.finish(claim);
  }

  finish(claim: Claim): Promise<void> {
    return this.#ledger.succeed(null, claim, { checkpoint: null, processed: 1 });
  }

  async fail(tick: Instant, error?: string): Promise<void> {
    await this.break(await this.claim(tick), error);
  }

  break(claim: Claim, error = 'poison'): Promise<void> {
    return this.#ledger.fail(claim, error);
  }

  /** Ends the runs of ticks, an hour apart, in success (`+`) or failure (`-`). */
  async end(runs: string, from = 1): Promise<void> {
    for (const [index, run] of runs.split('').entries()) {
      await (run === '+' ? this.succeed(hour(from + index)) : this.fail(hour(from + index)));
    }
  }

  passTime(ms: number): void {
    this.#clock.jumpTo(this.#clock.now() + ms);
  }

  async skip(tick: Instant): Promise<void> {
    this.#clock.jumpTo(Math.max(this.#clock.now(), tick));
    await this.#ledger.skip('sweep', [tick], 'missed');
  }

  /** Judges the job with the store's clock put back so far. */
  async judgeBefore(now: Instant, ms: number): Promise<JobHealth> {
    this.#clock.jumpTo(addMs(now, -ms));
    return this.judge(addMs(now, -ms));
  }

  async judge(now: Instant): Promise<JobHealth> {
    const [record] = await this.#ports.jobRegistry.records();
    return judgeJob({ job: this.#job, schedule: this.#schedule, record: record!, now });
  }

  async verdict(now: Instant): Promise<string> {
    return (await this.judge(now)).verdict;
  }
}

describe('judgeJob', () => {
  it('calls a job healthy while its window is open, to the millisecond, and late after it', async () => {
    const history = await History.begin();
    await history.succeed(hour(1));
    const end = addMs(hour(1), 65 * MINUTE_MS);
    expect(await history.verdict(hour(1))).toBe('healthy');
    expect(await history.verdict(end)).toBe('healthy');
    expect(await history.verdict(addMs(end, 1))).toBe('late');
  });

  it('gives a job that is new its window too, and then says that it never ran', async () => {
    const history = await History.begin();
    const end = addMs(start, 65 * MINUTE_MS);
    expect(await history.verdict(end)).toBe('healthy');
    expect(await history.verdict(addMs(end, 1))).toBe('never-ran');
  });

  it('is not impressed by a run by hand of a tick from before the job was registered', async () => {
    const history = await History.begin();
    await history.succeed(addMs(start, -24 * HOUR_MS));
    expect(await history.verdict(addMs(start, 65 * MINUTE_MS))).toBe('healthy');
    expect(await history.verdict(addMs(start, 65 * MINUTE_MS + 1))).toBe('late');
  });

  it('calls a job failing when its newest run failed, for as long as its runs go on', async () => {
    const history = await History.begin();
    await history.succeed(hour(1));
    for (const tick of [2, 3, 4]) {
      await history.fail(hour(tick));
      expect(await history.verdict(hour(tick))).toBe('failing');
    }
    await history.succeed(hour(5));
    expect(await history.verdict(hour(5))).toBe('healthy');
  });

  it('calls a job failing that has never succeeded', async () => {
    const history = await History.begin();
    await history.fail(hour(0));
    expect(await history.verdict(hour(1))).toBe('failing');
  });

  it('law 11: calls a job late whose runs failed, when none ends any more', async () => {
    for (const succeeds of [true, false]) {
      const history = await History.begin();
      if (succeeds) await history.succeed(hour(1));
      await history.fail(hour(2));
      const end = addMs(hour(2), 65 * MINUTE_MS);
      expect(await history.verdict(end)).toBe('failing');
      expect(await history.verdict(addMs(end, 1))).toBe('late');
    }
  });

  it.each([
    ['-+-+-+-+-+', 'five of the newest ten have', 'failing'],
    ['-+-+-+-+-++', 'less than five of the newest ten have', 'healthy'],
    ['-+-+-+-+', 'four have, and no more ended', 'healthy'],
    ['-----+', 'five have, and no more than six ended', 'failing'],
    ['-----++++++', 'they are long ago', 'healthy'],
  ])(
    'judges a job whose newest run succeeded by the share that failed: %s, %s',
    async (runs, _why, verdict) => {
      const history = await History.begin();
      await history.end(runs);
      const { recentRuns, recentFailures, ...health } = await history.judge(hour(runs.length));
      expect(health.verdict).toBe(verdict);
      expect(recentRuns).toBe(Math.min(10, runs.length));
      expect(recentFailures).toBe(runs.slice(-10).replaceAll('+', '').length);
    },
  );

  it('follows the rule of a job that may fail now and then', async () => {
    const failing = { consecutiveFailures: 3, failureRate: 0.8, sampleSize: 5 };
    const history = await History.begin(new IntervalSchedule(60), { lateAfterMs: 10 * HOUR_MS, failing });
    for (const [index, verdict] of ['healthy', 'healthy', 'failing', 'healthy', 'failing'].entries()) {
      await history.end('---+-'[index]!, index + 1);
      expect(await history.verdict(hour(index + 1))).toBe(verdict);
    }
  });

  it('says what the newest run that failed said while the job is failing, and not when it has recovered', async () => {
    const history = await History.begin();
    await history.end('----');
    await history.fail(hour(5), 'the disk is full');
    await history.end('+', 6);
    expect(await history.judge(hour(6))).toMatchObject({
      verdict: 'failing',
      lastError: 'the disk is full',
    });
    await history.end('+++++', 7);
    expect(await history.judge(hour(11))).toMatchObject({ verdict: 'healthy', lastError: null });
  });

  it('calls a failed tick that was run again a success', async () => {
    const history = await History.begin();
    await history.fail(hour(1));
    await history.succeed(hour(1));
    expect(await history.verdict(hour(1))).toBe('healthy');
  });

  it('calls a job stuck when its window is over and a run is still at work', async () => {
    const history = await History.begin();
    await history.succeed(hour(1));
    await history.claim(hour(2));
    const end = addMs(hour(1), 65 * MINUTE_MS);
    expect(await history.judge(end)).toMatchObject({ verdict: 'healthy', runningTick: hour(2) });
    expect(await history.judge(addMs(end, 1))).toMatchObject({ verdict: 'stuck', runningTick: hour(2) });
  });

  it('calls a run stuck that is at work for half a minute longer than it may, within the window too', async () => {
    const timeoutMs = 10 * MINUTE_MS;
    const history = await History.begin(new IntervalSchedule(60), {
      lateAfterMs: 5 * HOUR_MS,
      timeoutMs,
    });
    await history.claim(hour(1));
    const end = addMs(hour(1), timeoutMs + 30_000);
    expect(await history.verdict(end)).toBe('healthy');
    expect(await history.judge(addMs(end, 1))).toMatchObject({ verdict: 'stuck', runningSince: hour(1) });
  });

  it('gives a divided run more time than an attempt may take: its shards have their own', async () => {
    const history = await History.begin(new IntervalSchedule(60), {
      lateAfterMs: 5 * HOUR_MS,
      timeoutMs: 10 * MINUTE_MS,
    });
    await history.divide(await history.claim(hour(1)));
    expect(await history.judge(hour(5))).toMatchObject({ verdict: 'healthy', runningTick: hour(1) });
    expect(await history.verdict(addMs(hour(5), 1))).toBe('stuck');
  });

  it('gives each attempt at a run its time anew: after a takeover, and when it is run again days later', async () => {
    const timeoutMs = 10 * MINUTE_MS;
    const history = await History.begin(new IntervalSchedule(60), {
      lateAfterMs: 90 * HOUR_MS,
      timeoutMs,
    });
    await history.claim(hour(1));
    history.passTime(9 * MINUTE_MS);
    const taken = await history.claim(hour(1));
    expect(await history.verdict(addMs(hour(1), 19 * MINUTE_MS))).toBe('healthy');
    await history.break(taken);
    await history.succeed(hour(2));
    history.passTime(48 * HOUR_MS);
    await history.claim(hour(1));
    expect(await history.verdict(hour(50))).toBe('healthy');
    expect(await history.verdict(hour(51))).toBe('stuck');
  });

  it('calls a job late that catches up after its window, until it has', async () => {
    const history = await History.begin();
    await history.succeed(hour(1));
    history.passTime(5 * HOUR_MS);
    for (const tick of [2, 3, 4, 5]) {
      const claim = await history.claim(hour(tick));
      expect(await history.verdict(hour(6))).toBe('late');
      await history.finish(claim);
    }
    expect(await history.verdict(hour(6))).toBe('healthy');
  });

  it('calls a first run that does not end stuck', async () => {
    const history = await History.begin();
    await history.claim(hour(0));
    expect(await history.verdict(hour(2))).toBe('stuck');
  });

  it('does not take a skipped tick for a success or a failure', async () => {
    const history = await History.begin();
    await history.succeed(hour(1));
    await history.skip(hour(2));
    expect(await history.verdict(hour(2))).toBe('healthy');
    expect(await history.verdict(hour(3))).toBe('late');
  });

  it('calls a job ahead whose ticks are done with for more than a minute to come, succeeded, failed or skipped', async () => {
    const make: readonly ((history: History) => Promise<void>)[] = [
      (history) => history.succeed(hour(2)),
      (history) => history.fail(hour(2)),
      (history) => history.skip(hour(2)),
      async (history) => void (await history.claim(hour(2))),
    ];
    for (const put of make) {
      const history = await History.begin();
      await history.succeed(hour(1));
      await put(history);
      expect(await history.judgeBefore(hour(2), MINUTE_MS)).toMatchObject({ aheadThrough: null });
      expect(await history.judgeBefore(hour(2), MINUTE_MS + 1)).toMatchObject({
        verdict: 'ahead',
        aheadThrough: hour(2),
      });
    }
  });

  it('calls no job ahead for being judged as of a tick that is long past', async () => {
    const history = await History.begin();
    for (const tick of [1, 2, 3]) await history.succeed(hour(tick));
    expect(await history.judge(hour(1))).toMatchObject({ verdict: 'healthy', aheadThrough: null });
  });

  it('says when the job last succeeded, how long that took and how far behind it is', async () => {
    const history = await History.begin();
    await history.succeed(hour(1), 1_234);
    expect(await history.judge(addMs(hour(1), 90_000))).toEqual({
      job: 'sweep',
      verdict: 'healthy',
      lastSuccessTick: hour(1),
      lagMs: 90_000,
      windowMs: 65 * MINUTE_MS,
      lastDurationMs: 1_234,
      usualDurationMs: 1_234,
      failedItems: 0,
      recentRuns: 1,
      recentFailures: 0,
      lastError: null,
      nextTick: hour(2),
      aheadThrough: null,
      runningTick: null,
      runningSince: null,
    });
  });

  it('takes the median of what recent successes took for what is usual', async () => {
    const history = await History.begin();
    expect((await history.judge(hour(0))).usualDurationMs).toBeNull();
    for (const [index, seconds] of [3, 900, 1].entries()) await history.succeed(hour(index), seconds * 1_000);
    await history.fail(hour(3));
    expect(await history.judge(hour(3))).toMatchObject({ usualDurationMs: 3_000, lastDurationMs: 1_000 });
    await history.succeed(hour(4), 4_000);
    expect(await history.judge(hour(4))).toMatchObject({ usualDurationMs: 3_500, lastDurationMs: 4_000 });
    for (let tick = 5; tick < 30; tick += 1) await history.succeed(hour(tick), 60_000);
    expect(await history.judge(hour(30))).toMatchObject({ usualDurationMs: 60_000 });
  });

  it('names no window for a job whose schedule has no further tick', async () => {
    const history = await History.begin(neverAgain, {});
    expect(await history.judge(hour(1_000))).toMatchObject({
      verdict: 'healthy',
      windowMs: null,
      nextTick: null,
    });
  });

  it('measures the lag of a job that has never succeeded from its registration', async () => {
    const history = await History.begin();
    expect(await history.judge(hour(1))).toMatchObject({
      lastSuccessTick: null,
      lagMs: HOUR_MS,
      lastDurationMs: null,
      nextTick: hour(2),
    });
  });

  it('has no negative lag where a clock is behind', async () => {
    const history = await History.begin();
    await history.succeed(hour(1));
    expect(await history.judge(addMs(hour(1), -5))).toMatchObject({ verdict: 'healthy', lagMs: 0 });
  });

  it.each([
    ['2026-12-01', '2027-01-01'],
    ['2027-02-01', '2027-03-01'],
    ['2027-03-01', '2027-04-01'],
  ])(
    'takes the interval and an hour for a window where none is named: %s, then %s',
    async (last, awaited) => {
      const monthly = new CronerScheduleParser().parse({ cron: '0 0 1 * *' });
      const history = await History.begin(monthly, {});
      await history.succeed(instant(`${last}T00:00:00Z`));
      const next = instant(`${awaited}T00:00:00Z`);
      expect(await history.verdict(next)).toBe('healthy');
      expect(await history.verdict(addMs(next, HOUR_MS))).toBe('healthy');
      expect(await history.verdict(addMs(next, HOUR_MS + 1))).toBe('late');
    },
  );

  it('awaits the first tick of a job that is new and names no window', async () => {
    const monthly = new CronerScheduleParser().parse({ cron: '0 0 1 * *' });
    const history = await History.begin(monthly, {});
    const december = instant('2026-12-01T00:00:00Z');
    expect(await history.verdict(addMs(december, HOUR_MS))).toBe('healthy');
    expect(await history.verdict(addMs(december, HOUR_MS + 1))).toBe('never-ran');
  });
});
