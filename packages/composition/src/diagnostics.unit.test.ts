import { StoreUnavailableError, defineJob, instant, type JobDefinition } from '@gamekeeper/core';
import type { VirtualClock } from '@gamekeeper/testkit';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { memoryHost, noBuiltInJobs } from '../test/hosts.ts';
import { diagnosticsChannels } from './diagnostics.ts';

const noon = instant('2026-11-24T12:00:00Z');

describe('diagnostics channels', () => {
  const heard: [string, unknown][] = [];
  // Verdicts come from the watch, in its own time.
  const listen = (message: unknown, name: string | symbol): void => {
    const { verdictChange, checkChange } = diagnosticsChannels;
    if (name !== verdictChange && name !== checkChange) heard.push([String(name), message]);
  };

  beforeEach(() => {
    heard.length = 0;
    for (const name of Object.values(diagnosticsChannels)) subscribe(name, listen);
  });
  afterEach(() => {
    for (const name of Object.values(diagnosticsChannels)) unsubscribe(name, listen);
  });

  it('tell of a run from its start to its end', async () => {
    await runAtNoon(async () => ({ processed: 3, next: null }));
    const claim = { job: 'hourly', tick: noon, fence: 1 };
    expect(heard).toMatchObject([
      ['gamekeeper:run:start', { claim }],
      ['gamekeeper:batch:commit', { claim, batch: { processed: 3, durationMs: 0 } }],
      ['gamekeeper:run:end', { report: { job: 'hourly', end: 'succeeded', processed: 3, batches: 1 } }],
    ]);
  });

  it('tell of a batch that is tried again and of a run that fails', async () => {
    const error = new Error('the mail server is gone');
    await runAtNoon(async () => {
      throw error;
    });
    expect(heard.map(([name]) => name)).toEqual([
      'gamekeeper:run:start',
      'gamekeeper:batch:retry',
      'gamekeeper:run:end',
    ]);
    expect(heard[1]![1]).toMatchObject({ retry: { error, attempt: 1 } });
    expect(heard[2]![1]).toMatchObject({ report: { end: 'failed', error } });
  });

  it('tell of ticks that are skipped', async () => {
    await runAtNoon(async () => ({ processed: 0, next: null }), { missedTicks: 'none', lateBy: 3 });
    expect(heard[0]).toMatchObject(['gamekeeper:ticks:skip', { job: 'hourly', reason: 'missed' }]);
  });

  it('tell of an engine that cannot reach its store', async () => {
    const error = new StoreUnavailableError('PostgreSQL', 'gone');
    await runAtNoon(async () => {
      throw error;
    });
    expect(heard.at(-1)).toMatchObject(['gamekeeper:engine:fail', { job: 'hourly', error }]);
  });

  it('tell of an engine that goes on when its store is back', async () => {
    let away = true;
    await runAtNoon(
      async () => {
        if (away) throw new StoreUnavailableError('PostgreSQL', 'gone');
        return { processed: 1, next: null };
      },
      {
        meanwhile: async (clock) => {
          away = false;
          await clock.advanceBy(60_000);
        },
      },
    );
    expect(heard.map(([name]) => name).filter((name) => name.includes('engine'))).toEqual([
      'gamekeeper:engine:fail',
      'gamekeeper:engine:recover',
    ]);
    expect(heard.at(-1)).toMatchObject(['gamekeeper:engine:recover', { job: 'hourly' }]);
  });

  it('have nobody listening unless somebody asked', () => {
    for (const name of Object.values(diagnosticsChannels)) unsubscribe(name, listen);
    for (const name of Object.values(diagnosticsChannels)) expect(channel(name).hasSubscribers).toBe(false);
  });
});

async function runAtNoon(
  batch: JobDefinition['batch'],
  {
    missedTicks = 'every',
    lateBy = 0,
    meanwhile = async () => undefined,
  }: {
    readonly missedTicks?: 'every' | 'none';
    readonly lateBy?: number;
    readonly meanwhile?: (clock: VirtualClock) => Promise<void>;
  } = {},
): Promise<void> {
  const { host, clock } = memoryHost({
    jobOverrides: noBuiltInJobs(),
    jobs: [
      defineJob({
        name: 'hourly',
        schedule: { cron: '0 * * * *' },
        missedTicks,
        retry: { maxAttempts: 2, initialDelayMs: 10 },
        batch,
      }),
    ],
  });
  await host.open();
  await clock.advanceTo(noon + lateBy * 3_600_000);
  await host.start();
  await clock.advanceBy(20);
  await meanwhile(clock);
  await host.stop();
}
