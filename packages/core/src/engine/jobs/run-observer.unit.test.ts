import type { BatchProgress } from './batch-progress.ts';
import { IntervalSchedule, VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../common/logger.ts';
import { instant, addMs } from '../time/instant.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import { defineJob, type JobOptions } from './job-definition.ts';
import { JobEngine } from './job-engine.ts';
import { TimerScheduler } from './timer-scheduler.ts';
import { loggingObserver } from './logging-observer.ts';
import { combineObservers, type RunObserver } from './run-observer.ts';

const tick = instant('2026-11-24T00:00:00Z');
const done: BatchProgress = { processed: 3, next: null };

/** Runs one tick of a job for observers of the test. */
async function run(
  all: readonly RunObserver[],
  batch: JobOptions['batch'],
  options: Partial<JobOptions> = {},
): Promise<void> {
  const clock = new VirtualClock(tick);
  const engine = new JobEngine({
    ...memoryStore(clock),
    jobs: [
      {
        job: defineJob({
          name: 'sweep',
          schedule: { cron: '0 * * * *' },
          retry: { maxAttempts: 2, initialDelayMs: 10 },
          batch,
          ...options,
        }),
        schedule: new IntervalSchedule(60),
      },
    ],
    instanceId: 'one',
    clock,
    leaseMs: 15_000,
    scheduler: new TimerScheduler(clock),
    random: () => 0,
    observer: combineObservers(all),
  });
  await engine.register();
  engine.start();
  await clock.advanceTo(addMs(tick, 20));
  await engine.stop(0);
}

/** Writes down what it is told, and what it goes around. */
function scribe(told: string[], name = ''): RunObserver {
  const around = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    told.push(`${name}${what} {`);
    try {
      return await work();
    } catch (error) {
      told.push(`${name}! ${(error as Error).message}`);
      throw error;
    } finally {
      told.push(`${name}}`);
    }
  };
  return {
    aroundRun: (_, work) => around('run', work),
    aroundBatch: (_, work) => around('batch', work),
    runStarted: () => void told.push(`${name}started`),
    batchCommitted: (_, { processed }) => void told.push(`${name}committed ${processed}`),
    batchRetried: () => void told.push(`${name}retried`),
    runEnded: ({ end }) => void told.push(`${name}${end}`),
  };
}

describe('an observer', () => {
  it('goes around a run and each of its batches', async () => {
    const told: string[] = [];
    await run([scribe(told)], async ({ checkpoint }) =>
      checkpoint === null ? { processed: 2, next: 'half' } : done,
    );
    expect(told).toEqual([
      'run {',
      'started',
      'batch {',
      '}',
      'committed 2',
      'batch {',
      '}',
      'committed 3',
      'succeeded',
      '}',
    ]);
  });

  it('sees the error of a batch that throws, outside of which the run goes on', async () => {
    const told: string[] = [];
    await run([scribe(told)], async () => {
      throw new Error('no');
    });
    expect(told).toEqual([
      'run {',
      'started',
      'batch {',
      '! no',
      '}',
      'retried',
      'batch {',
      '! no',
      '}',
      'failed',
      '}',
    ]);
  });

  it('sees the end of a run that the store cuts short, of which nobody is told', async () => {
    const told: string[] = [];
    await run([scribe(told)], async () => {
      throw new StoreUnavailableError('the store', 'gone');
    });
    const gone = expect.stringMatching(/^! the store is unavailable/) as string;
    expect(told).toEqual(['run {', 'started', 'batch {', gone, '}', gone, '}']);
  });

  it('goes around a tick that has nothing to do', async () => {
    const told: string[] = [];
    await run([scribe(told)], async () => done, { isIdle: async () => true });
    expect(told).toEqual(['run {', 'started', 'succeeded', '}']);
  });

  it('goes around those that come after it', async () => {
    const told: string[] = [];
    await run([scribe(told, 'a '), {}, scribe(told, 'b ')], async () => done);
    expect(told.slice(0, 6)).toEqual([
      'a run {',
      'b run {',
      'a started',
      'b started',
      'a batch {',
      'b batch {',
    ]);
    expect(told.slice(-4)).toEqual(['a succeeded', 'b succeeded', 'b }', 'a }']);
  });
});

describe('several observers', () => {
  it('are all told of everything, in order, and each only of what it wants to know', () => {
    const told: unknown[] = [];
    const listener = (who: string): RunObserver => ({
      runStarted: (...event) => void told.push([who, 'runStarted', event]),
      batchCommitted: (...event) => void told.push([who, 'batchCommitted', event]),
      runThrottled: (...event) => void told.push([who, 'runThrottled', event]),
      batchRetried: (...event) => void told.push([who, 'batchRetried', event]),
      itemFailed: (...event) => void told.push([who, 'itemFailed', event]),
      runEnded: (...event) => void told.push([who, 'runEnded', event]),
      ticksSkipped: (...event) => void told.push([who, 'ticksSkipped', event]),
      verdictChanged: (...event) => void told.push([who, 'verdictChanged', event]),
      checkChanged: (...event) => void told.push([who, 'checkChanged', event]),
      engineFailed: (...event) => void told.push([who, 'engineFailed', event]),
      engineRecovered: (...event) => void told.push([who, 'engineRecovered', event]),
    });
    const all = combineObservers([listener('a'), {}, listener('b')]);
    const names = Object.keys(listener('')) as readonly (keyof typeof all)[];
    const one = { job: 'sweep' };
    for (const name of names) (all[name] as (...event: unknown[]) => void)(one, 2, 3);
    expect(told).toEqual(names.flatMap((name) => ['a', 'b'].map((who) => [who, name, [one, 2, 3]])));
  });
});

describe('observers of a run in shards', () => {
  it('are told of each shard, if they want to know', async () => {
    const told: string[] = [];
    const curious: RunObserver = {
      shardStarted: ({ shard }) => void told.push(`began ${shard.index}`),
      shardEnded: ({ claim, end }) => void told.push(`${end} ${claim.shard.index}`),
    };
    await run([{}, curious], async () => done, { shards: async () => ({ parts: ['a', 'b'] }) });
    expect(told).toEqual(['began 0', 'succeeded 0', 'began 1', 'succeeded 1']);
  });
});

describe('the log of a run', () => {
  it('has its start, its end and its counts, in fields of the same names', async () => {
    const lines: (readonly [string, LogFields | undefined])[] = [];
    const keep = (message: string, fields?: LogFields): void => void lines.push([message, fields]);
    const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
    await run([loggingObserver(logger)], async () => done);
    const about = { job: 'sweep', tick: '2026-11-24T00:00:00.000Z', attempt: 1 };
    expect(lines).toEqual([
      ['run started', about],
      ['run succeeded', { ...about, processed: 3, failedItems: 0, batches: 1, durationMs: 0 }],
    ]);
  });
});
