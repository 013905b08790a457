import { HOUR_MS, addMs, type BatchProgress } from '@gamekeeper/core';
import { sleep } from '@gamekeeper/core/engine';
import { metrics } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordedMetrics } from '../test/recorded-metrics.ts';
import { sweep, sweepEngine, tick } from '../test/sweep.ts';
import { telemetry } from './telemetry.ts';

const done: BatchProgress = { processed: 3, next: null };

describe('the metrics of runs', () => {
  let recorded: RecordedMetrics;
  let observer: ReturnType<typeof telemetry>;

  beforeEach(() => {
    recorded = new RecordedMetrics();
    observer = telemetry({ meterProvider: recorded.provider });
  });
  afterEach(() => recorded.close());

  it('count runs, batches and items, each with its unit', async () => {
    await sweep(observer, async ({ checkpoint }) =>
      checkpoint === null ? { processed: 2, next: 'half' } : done,
    );
    const collected = await recorded.collect();
    expect(collected.units).toMatchObject({
      'gamekeeper.runs': '{run}',
      'gamekeeper.run.duration': 's',
      'gamekeeper.batches': '{batch}',
      'gamekeeper.items.processed': '{item}',
    });
    const job = { 'gamekeeper.job': 'sweep' };
    expect(collected.points('gamekeeper.runs')).toEqual([[{ ...job, 'gamekeeper.run.end': 'succeeded' }, 1]]);
    expect(collected.points('gamekeeper.batches')).toEqual([[job, 2]]);
    expect(collected.points('gamekeeper.items.processed')).toEqual([[job, 5]]);
  });

  it('record the duration of a run in seconds', async () => {
    const { engine, clock } = await sweepEngine(observer, async () => {
      await sleep(clock, 1_500);
      return done;
    });
    engine.start();
    await clock.advanceBy(2_000);
    await engine.stop(0);
    expect((await recorded.collect()).points('gamekeeper.run.duration')).toMatchObject([
      [{ 'gamekeeper.job': 'sweep' }, { count: 1, sum: 1.5 }],
    ]);
  });

  it('count failures by the type of error', async () => {
    await sweep(observer, async () => {
      throw new RangeError('no');
    });
    const collected = await recorded.collect();
    const failure = { 'gamekeeper.job': 'sweep', 'error.type': 'RangeError' };
    expect(collected.points('gamekeeper.runs')).toEqual([
      [{ ...failure, 'gamekeeper.run.end': 'failed' }, 1],
    ]);
    expect(collected.points('gamekeeper.batch.retries')).toEqual([[failure, 1]]);
    expect(collected.points('gamekeeper.batches')).toEqual([]);
  });

  it('count single failed items', async () => {
    let left: readonly string[] = Array.from({ length: 40 }, (_, index) => `item-${index}`);
    const due = (skip: readonly string[]): readonly string[] => left.filter((item) => !skip.includes(item));
    await sweep(
      observer,
      async ({ only, skip }) => {
        const taken = only ?? due(skip);
        if (taken.includes('item-7')) throw new Error('poison');
        left = left.filter((item) => !taken.includes(item));
        return { processed: taken.length, next: null };
      },
      { items: async ({ skip }) => due(skip) },
    );
    expect((await recorded.collect()).points('gamekeeper.items.failed')).toEqual([
      [{ 'gamekeeper.job': 'sweep', 'error.type': 'Error' }, 1],
    ]);
  });

  it('count skipped ticks by reason', async () => {
    const { engine, clock } = await sweepEngine(observer, async () => done, { missedTicks: 'latest' });
    await clock.advanceTo(addMs(tick, 3 * HOUR_MS));
    engine.start();
    await engine.idle();
    await engine.stop(0);
    expect((await recorded.collect()).points('gamekeeper.ticks.skipped')).toEqual([
      [{ 'gamekeeper.job': 'sweep', 'gamekeeper.skip.reason': 'superseded' }, 3],
    ]);
  });

  it('use a provider that was registered later', async () => {
    const early = telemetry();
    metrics.setGlobalMeterProvider(recorded.provider);
    try {
      await sweep(early, async () => done);
      expect((await recorded.collect()).points('gamekeeper.runs')).toHaveLength(1);
    } finally {
      metrics.disable();
    }
  });
});
