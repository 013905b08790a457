import { beforeEach, describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../common/logger.ts';
import type { CheckHealth } from '../health/check.ts';
import type { JobHealth } from '../health/job-health.ts';
import type { VerdictRecord } from '../health/verdict-log.ts';
import { instant } from '../time/instant.ts';
import { StoreUnavailableError } from '../transactions/transactions.ts';
import { loggingObserver } from './logging-observer.ts';
import type { Claim } from './run-ledger.ts';
import type { AttemptReport, ShardReport } from './run-observer.ts';

const tick = instant('2026-11-24T00:00:00Z');
const claim: Claim = { job: 'sweep', tick, fence: 2, instanceId: 'one', checkpoint: null, processed: 0 };
const about = { job: 'sweep', tick: '2026-11-24T00:00:00.000Z', attempt: 2 };
const gone = new StoreUnavailableError('the store', 'gone');

let lines: (readonly [level: string, message: string, fields?: LogFields])[] = [];
const at =
  (level: string) =>
  (message: string, fields?: LogFields): void =>
    void lines.push(fields ? [level, message, fields] : [level, message]);
const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
const levels = (): readonly string[] => lines.map(([level]) => level);

beforeEach(() => {
  lines = [];
});

describe('the log', () => {
  it('has a line for the end of each attempt, by how it ended', () => {
    const counts = { processed: 7, failedItems: 1, batches: 3, durationMs: 40 };
    const log = loggingObserver(logger);
    const report = { job: 'sweep', tick, fence: 2, ...counts };
    for (const end of ['succeeded', 'released', 'lost', 'failed'] as const satisfies AttemptReport['end'][])
      log.runEnded!({ ...report, end, error: new Error('no') });
    expect(levels()).toEqual(['info', 'info', 'warn', 'error']);
    expect(lines.map(([, , fields]) => fields)).toEqual([
      ...Array.from({ length: 3 }, () => ({ ...about, ...counts })),
      { ...about, ...counts, error: 'no' },
    ]);
  });

  it('has a line for a run that is divided, and for the start and the end of each attempt at a shard', () => {
    const counts = { processed: 7, failedItems: 1, batches: 3, durationMs: 40 };
    const log = loggingObserver(logger);
    const shard = { ...claim, shard: { index: 4, count: 8, part: 'a secret' }, failedItems: 0 };
    log.runStarted!(claim);
    log.runEnded!({ job: 'sweep', tick, fence: 2, ...counts, end: 'divided' });
    log.shardStarted!(shard);
    for (const end of ['succeeded', 'released', 'lost', 'failed'] as const satisfies ShardReport['end'][])
      log.shardEnded!({ claim: shard, ...counts, end, error: new Error('no') });
    const ended = { ...about, shard: 4, shards: 8, ...counts };
    expect(lines).toEqual([
      ['debug', 'run started', about],
      ['debug', 'run divided into shards', { ...about, ...counts }],
      ['debug', 'shard started', { ...about, shard: 4 }],
      ['debug', 'shard succeeded', ended],
      ['info', 'shard released', ended],
      ['warn', 'shard lost to another attempt', ended],
      ['error', 'shard failed', { ...ended, error: 'no' }],
    ]);
  });

  it('says where a run has trouble: at a batch, at an item, at a slow database', () => {
    const log = loggingObserver(logger);
    log.batchRetried!(claim, { error: new Error('busy'), attempt: 3, delayMs: 500 });
    log.itemFailed!(claim, { item: 'ada', error: new Error('no') });
    log.runThrottled!(claim, { pauseMs: 250 });
    expect(levels()).toEqual(['warn', 'warn', 'debug']);
    expect(lines.map(([, , fields]) => fields)).toEqual([
      { ...about, try: 3, delayMs: 500, error: 'busy' },
      { ...about, item: 'ada', error: 'no' },
      { ...about, pauseMs: 250 },
    ]);
  });

  it('names the first and the last of the ticks that were skipped, how many, and why', () => {
    const log = loggingObserver(logger);
    log.ticksSkipped!('sweep', [tick, instant(tick + 1), instant(tick + 2)], 'too-old');
    log.ticksSkipped!('sweep', [], 'missed');
    expect(lines.map(([, , fields]) => fields)).toEqual([
      {
        job: 'sweep',
        reason: 'too-old',
        count: 3,
        from: '2026-11-24T00:00:00.000Z',
        through: '2026-11-24T00:00:00.002Z',
      },
      { job: 'sweep', reason: 'missed', count: 0, from: undefined, through: undefined },
    ]);
  });
});

describe('the log of the engine’s own trouble', () => {
  it('has one line when a job is blocked and one when all go on, however often it was tried meanwhile', () => {
    const log = loggingObserver(logger);
    log.engineFailed!('sweep', new Error('no'), 500);
    log.engineFailed!('sweep', new Error('no'), 1_000);
    log.engineRecovered!('sweep');
    expect(lines).toEqual([
      ['error', 'job is blocked, retrying', { job: 'sweep', delayMs: 500, error: 'no' }],
      ['debug', 'job is blocked, retrying', { job: 'sweep', delayMs: 1_000, error: 'no' }],
      ['debug', 'job has recovered', { job: 'sweep' }],
      ['info', 'all jobs have recovered'],
    ]);
  });

  it('has one line for a store that is away, however many jobs it blocks, and one when the last goes on', () => {
    const log = loggingObserver(logger);
    log.engineFailed!('sweep', gone, 500);
    log.engineFailed!('digest', new StoreUnavailableError('the store', 'refused'), 500);
    log.engineRecovered!('sweep');
    log.engineRecovered!('digest');
    expect(levels()).toEqual(['error', 'debug', 'debug', 'debug', 'info']);
  });

  it('has a line for each other cause', () => {
    const log = loggingObserver(logger);
    log.engineFailed!('sweep', new Error('one'), 500);
    log.engineFailed!('digest', new Error('two'), 500);
    log.engineFailed!('sweep', gone, 500);
    expect(levels()).toEqual(['error', 'error', 'error']);
  });
});

describe('the log of verdicts', () => {
  const health = (verdict: JobHealth['verdict'], lastSuccessTick: JobHealth['lastSuccessTick'] = tick) =>
    ({ job: 'sweep', verdict, lagMs: 5, lastSuccessTick }) as JobHealth;
  const was = (verdict: VerdictRecord['verdict']) => ({ verdict }) as VerdictRecord;

  it('says when a job becomes unhealthy, what it was before, and when it is healthy again', () => {
    const log = loggingObserver(logger);
    log.verdictChanged!(health('late'), was('healthy'));
    log.verdictChanged!(health('failing', null), null);
    log.verdictChanged!(health('healthy'), was('late'));
    const lastSuccess = '2026-11-24T00:00:00.000Z';
    expect(lines).toEqual([
      [
        'error',
        'job is unhealthy',
        { job: 'sweep', verdict: 'late', before: 'healthy', lagMs: 5, lastSuccess },
      ],
      [
        'error',
        'job is unhealthy',
        { job: 'sweep', verdict: 'failing', before: undefined, lagMs: 5, lastSuccess: null },
      ],
      [
        'info',
        'job is healthy again',
        { job: 'sweep', verdict: 'healthy', before: 'late', lagMs: 5, lastSuccess },
      ],
    ]);
  });

  it('says nothing of a job that was always well', () => {
    const log = loggingObserver(logger);
    log.verdictChanged!(health('healthy'), null);
    log.verdictChanged!(health('healthy'), was('healthy'));
    expect(lines).toEqual([]);
  });

  it('says the same of checks', () => {
    const log = loggingObserver(logger);
    const check = (verdict: CheckHealth['verdict']): CheckHealth => {
      const [severity, text] =
        verdict === 'unhealthy' ? (['critical', 'the outbox waits'] as const) : [null, null];
      return { check: 'outbox', verdict, severity, text, since: null, facts: null };
    };
    log.checkChanged!(check('healthy'), null);
    log.checkChanged!(check('unhealthy'), null);
    log.checkChanged!(check('healthy'), was('unhealthy'));
    log.checkChanged!(check('healthy'), was('healthy'));
    expect(lines).toEqual([
      ['error', 'check is unhealthy', { check: 'outbox', severity: 'critical', reason: 'the outbox waits' }],
      ['info', 'check is healthy again', { check: 'outbox' }],
    ]);
  });
});
