import { hasCode } from '../common/errors.ts';
import type { Logger } from '../common/logger.ts';
import { errorText } from '../secrets/error-text.ts';
import { iso } from '../time/instant.ts';
import type { AttemptReport, RunObserver, ShardReport } from './run-observer.ts';

/** Returns an observer that logs the start, the end and every problem of each run. */
export function loggingObserver(logger: Logger): RunObserver {
  return {
    ...troubleLog(logger),
    ...courierLog(logger),
    runStarted: ({ job, tick, fence }) =>
      logger.debug('run started', { job, tick: iso(tick), attempt: fence }),
    shardStarted: ({ job, tick, fence, shard }) =>
      logger.debug('shard started', { job, tick: iso(tick), shard: shard.index, attempt: fence }),
    shardEnded: (report) => logShardEnd(logger, report),
    runEnded: (report) => logEnd(logger, report),
    runThrottled: ({ job, tick, fence }, { pauseMs }) =>
      logger.debug('run pauses, the database is slow', { job, tick: iso(tick), attempt: fence, pauseMs }),
    batchRetried: ({ job, tick, fence }, { error, attempt, delayMs }) =>
      logger.warn('batch failed, retrying', {
        job,
        tick: iso(tick),
        attempt: fence,
        try: attempt,
        delayMs,
        error: errorText(error),
      }),
    itemFailed: ({ job, tick, fence }, { item, error }) =>
      logger.warn('item failed, continuing without it', {
        job,
        tick: iso(tick),
        attempt: fence,
        item,
        error: errorText(error),
      }),
    ticksSkipped: (job, ticks, reason) =>
      logger.warn('ticks skipped', {
        job,
        reason,
        count: ticks.length,
        from: ticks[0] === undefined ? undefined : iso(ticks[0]),
        through: ticks.length > 0 ? iso(ticks[ticks.length - 1]!) : undefined,
      }),
    verdictChanged: (health, before) => {
      const { job, verdict, lagMs, lastSuccessTick } = health;
      if (verdict === 'healthy' && (before === null || before.verdict === 'healthy')) return;
      const fields = {
        job,
        verdict,
        before: before?.verdict,
        lagMs,
        lastSuccess: lastSuccessTick && iso(lastSuccessTick),
      };
      if (verdict === 'healthy') logger.info('job is healthy again', fields);
      else logger.error('job is unhealthy', fields);
    },
    checkChanged: ({ check, verdict, severity, text }, before) => {
      if (verdict === 'unhealthy') logger.error('check is unhealthy', { check, severity, reason: text });
      else if (before?.verdict === 'unhealthy') logger.info('check is healthy again', { check });
    },
  };
}

/**
 * Logs one line when jobs are blocked and one when all have recovered. Repeated failures with the same cause are
 * logged at `debug`: an unavailable store blocks every job and is retried often, with varying messages.
 */
function troubleLog(logger: Logger): Pick<RunObserver, 'engineFailed' | 'engineRecovered'> {
  const waiting = new Map<string, string>();
  return {
    engineFailed: (job, error, delayMs) => {
      const text = errorText(error);
      const trouble = hasCode(error, 'STORE_UNAVAILABLE') ? 'STORE_UNAVAILABLE' : text;
      const isNews = ![...waiting.values()].includes(trouble);
      waiting.set(job, trouble);
      logger[isNews ? 'error' : 'debug']('job is blocked, retrying', { job, delayMs, error: text });
    },
    engineRecovered: (job) => {
      waiting.delete(job);
      logger.debug('job has recovered', { job });
      if (waiting.size === 0) logger.info('all jobs have recovered');
    },
  };
}

/** Logs one line when work cannot be sent and one when it can be again; repeated failures are logged at `debug`. */
function courierLog(logger: Logger): Pick<RunObserver, 'courierFailed' | 'courierRecovered'> {
  let isKnown = false;
  return {
    courierFailed: (error) => {
      const line = 'work could not be sent or received by the courier; the bell sends again what is due';
      logger[isKnown ? 'debug' : 'error'](line, { error: errorText(error) });
      isKnown = true;
    },
    courierRecovered: () => {
      isKnown = false;
      logger.info('the courier carries work again');
    },
  };
}

function logEnd(logger: Logger, report: AttemptReport): void {
  const fields = {
    job: report.job,
    tick: iso(report.tick),
    attempt: report.fence,
    processed: report.processed,
    failedItems: report.failedItems,
    batches: report.batches,
    durationMs: report.durationMs,
  };
  switch (report.end) {
    case 'succeeded':
      return logger.info('run succeeded', fields);
    case 'failed':
      return logger.error('run failed', { ...fields, error: errorText(report.error) });
    case 'released':
      return logger.info('run released', fields);
    case 'lost':
      return logger.warn('run lost to another attempt', fields);
    case 'divided':
      return logger.debug('run divided into shards', fields);
  }
}

function logShardEnd(logger: Logger, { claim, end, error, ...counts }: ShardReport): void {
  const { processed, failedItems, batches, durationMs } = counts;
  const { job, tick, fence, shard } = claim;
  const about = { job, tick: iso(tick), shard: shard.index, shards: shard.count, attempt: fence };
  const fields = { ...about, processed, failedItems, batches, durationMs };
  switch (end) {
    case 'succeeded':
      return logger.debug('shard succeeded', fields);
    case 'failed':
      return logger.error('shard failed', { ...fields, error: errorText(error) });
    case 'released':
      return logger.info('shard released', fields);
    case 'lost':
      return logger.warn('shard lost to another attempt', fields);
  }
}
