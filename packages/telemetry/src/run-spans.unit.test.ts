import { HOUR_MS, StoreUnavailableError, iso, addMs, type BatchProgress } from '@gamekeeper/core';
import { SpanStatusCode, context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RecordedSpans } from '../test/recorded-spans.ts';
import { sweep, sweepEngine, tick } from '../test/sweep.ts';
import { telemetry } from './telemetry.ts';

const done: BatchProgress = { processed: 3, next: null };

describe('the spans of a run', () => {
  let spans: RecordedSpans;
  let observer: ReturnType<typeof telemetry>;

  beforeEach(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    spans = new RecordedSpans();
    observer = telemetry({ tracerProvider: spans.provider });
  });
  afterEach(() => context.disable());

  const statement = async (): Promise<void> => {
    await Promise.resolve();
    spans.provider.getTracer('a database').startSpan('SELECT').end();
  };

  it('are one for the run, one for each batch, and below it those of the batch’s own work', async () => {
    await sweep(observer, async ({ checkpoint }) => {
      await statement();
      return checkpoint === null ? { processed: 2, next: 'half' } : done;
    });
    expect(spans.tree).toEqual(['run sweep', '  batch sweep', '    SELECT', '  batch sweep', '    SELECT']);
  });

  it('have the tick and the outcome', async () => {
    await sweep(observer, async () => done);
    const about = {
      'gamekeeper.job': 'sweep',
      'gamekeeper.tick': iso(tick),
      'gamekeeper.attempt': 1,
      'gamekeeper.instance.id': 'one',
    };
    expect(spans.one('run sweep')).toMatchObject({
      attributes: {
        ...about,
        'gamekeeper.run.end': 'succeeded',
        'gamekeeper.processed': 3,
        'gamekeeper.failed_items': 0,
        'gamekeeper.batches': 1,
      },
      status: { code: SpanStatusCode.UNSET },
      events: [],
    });
    expect(spans.one('batch sweep').attributes).toEqual({ ...about, 'gamekeeper.processed': 3 });
  });

  it('have the error of a failed batch, its retry, and the error of a failed run', async () => {
    await sweep(observer, async () => {
      throw new RangeError('the mail server is gone');
    });
    const failed = {
      attributes: { 'error.type': 'RangeError' },
      status: { code: SpanStatusCode.ERROR, message: 'the mail server is gone' },
    };
    expect(spans.all('batch sweep')).toMatchObject([failed, failed]);
    const run = spans.one('run sweep');
    expect(run).toMatchObject(failed);
    expect(run.attributes['gamekeeper.run.end']).toBe('failed');
    expect(run.events).toMatchObject([
      {
        name: 'gamekeeper.batch.retry',
        attributes: {
          'gamekeeper.batch.tries': 1,
          'gamekeeper.batch.retry_delay': 0.01,
          'error.type': 'RangeError',
          'exception.message': 'the mail server is gone',
        },
      },
      { name: 'exception', attributes: { 'exception.message': 'the mail server is gone' } },
    ]);
  });

  it('name the failed items in a run that succeeds', async () => {
    const left = new Set(Array.from({ length: 40 }, (_, index) => `item-${index}`));
    await sweep(
      observer,
      async ({ only, skip }) => {
        const taken = only ?? [...left].filter((item) => !skip.includes(item));
        if (taken.includes('item-7')) throw new Error('poison');
        for (const item of taken) left.delete(item);
        return { processed: taken.length, next: null };
      },
      { items: async ({ skip }) => [...left].filter((item) => !skip.includes(item)) },
    );
    const run = spans.one('run sweep');
    expect(run).toMatchObject({
      attributes: { 'gamekeeper.run.end': 'succeeded', 'gamekeeper.failed_items': 1 },
      status: { code: SpanStatusCode.UNSET },
    });
    expect(run.events.filter(({ name }) => name === 'gamekeeper.item.failure')).toMatchObject([
      { attributes: { 'gamekeeper.item': 'item-7', 'error.type': 'Error', 'exception.message': 'poison' } },
    ]);
  });

  it('end when the store becomes unavailable during a run', async () => {
    await sweep(observer, async () => {
      throw new StoreUnavailableError('the store', 'gone');
    });
    expect(spans.one('run sweep')).toMatchObject({
      attributes: { 'error.type': 'STORE_UNAVAILABLE' },
      status: { code: SpanStatusCode.ERROR },
    });
  });

  it('have no error status if the run is released', async () => {
    const { engine } = await sweepEngine(observer, async () => {
      void engine.stop(1_000);
      return { processed: 1, next: 'more' };
    });
    engine.start();
    await engine.idle();
    expect(spans.one('run sweep')).toMatchObject({
      attributes: { 'gamekeeper.run.end': 'released' },
      status: { code: SpanStatusCode.UNSET },
    });
  });

  it('exist for a tick without work, without a batch', async () => {
    await sweep(observer, async () => done, { isIdle: async () => true });
    expect(spans.tree).toEqual(['run sweep']);
  });

  it('are a separate trace for each tick, even if the host was started within a span', async () => {
    const { engine, clock } = await sweepEngine(observer, async () => done);
    await spans.provider.getTracer('a host').startActiveSpan('start', async (span) => {
      await engine.runNow('sweep');
      engine.start();
      span.end();
    });
    await clock.advanceTo(addMs(tick, 2 * HOUR_MS));
    await engine.stop(0);
    expect(spans.tree).toEqual([
      'start',
      '  run sweep',
      '    batch sweep',
      'run sweep',
      '  batch sweep',
      'run sweep',
      '  batch sweep',
    ]);
  });

  it('are nested even without a context manager', async () => {
    context.disable();
    await sweep(observer, async () => done);
    expect(spans.tree).toEqual(['run sweep', '  batch sweep']);
  });

  it('use a provider that was registered later', async () => {
    const registered = telemetry();
    trace.setGlobalTracerProvider(spans.provider);
    try {
      await sweep(registered, async () => done);
      expect(spans.one('run sweep').instrumentationScope.name).toBe('@gamekeeper/telemetry');
    } finally {
      trace.disable();
    }
  });
});
