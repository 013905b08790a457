import { defineJob, instant, userId, type LogFields } from '@gamekeeper/core';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from 'vitest';
import { KeptLog, memoryHost, noBuiltInJobs } from '../test/hosts.ts';
import { diagnosticsChannels } from './diagnostics.ts';
import type { JobHostOptions } from './host-options.ts';

const noon = instant('2026-11-24T12:00:00Z');
const ada = userId('ada');

/** A host whose own job greets everybody once, unless it cannot. */
async function greeters(
  { shy, ...options }: { readonly shy: Set<string> } & Partial<JobHostOptions>,
  timeLimit: Partial<Parameters<typeof defineJob>[0]> = {},
) {
  const greeted: string[] = [];
  const owed = (skip: readonly string[]): readonly string[] =>
    ['ada', 'bob', 'cy', 'dot'].filter((name) => !greeted.includes(name) && !skip.includes(name));
  const job = defineJob({
    name: 'greeting',
    schedule: { cron: '0 * * * *' },
    retry: { maxAttempts: 1 },
    items: async ({ skip }) => owed(skip),
    batch: async ({ only, skip }) => {
      const now = only ?? owed(skip);
      const unhappy = now.find((name) => shy.has(name));
      if (unhappy !== undefined) throw new Error(`${unhappy} is shy`);
      greeted.push(...now);
      return { processed: now.length, next: null };
    },
    ...timeLimit,
  });
  const { host, clock } = memoryHost({ jobs: [job], ...options });
  await host.open();
  await clock.advanceTo(noon);
  return { host, clock, greeted };
}

describe('failed items of a host', () => {
  it('are listed, told of, counted, and done again', async () => {
    const shy = new Set(['bob', 'dot']);
    const log = new KeptLog();
    const settings = { ...noBuiltInJobs(), greeting: { maxFailureRate: 0.5 } };
    const { host, greeted } = await greeters({ shy, logger: log, jobOverrides: settings });
    const heard: unknown[] = [];
    const listen = (message: unknown): void => void heard.push(message);
    subscribe(diagnosticsChannels.itemFail, listen);
    await host.runNow('greeting');
    unsubscribe(diagnosticsChannels.itemFail, listen);
    expect(greeted).toEqual(['ada', 'cy']);

    const tick = new Date(noon);
    const failure = { job: 'greeting', tick, error: 'bob is shy' };
    const failed = await host.failedItems('greeting', { tick: '2026-11-24T12:00:00Z' });
    expect(failed).toMatchObject([
      { item: 'bob', ...failure },
      { item: 'dot', tick },
    ]);
    expect(await host.failedItems('greeting', { limit: 1 })).toEqual(failed.slice(0, 1));
    expect(await host.failedItems('greeting', { after: failed[0]! })).toEqual(failed.slice(1));
    expect(heard).toMatchObject([
      { claim: { job: 'greeting', tick: noon }, failure: { item: 'bob' } },
      { failure: { item: 'dot', error: { message: 'dot is shy' } } },
    ]);
    const lines = log.lines.filter(({ message }) => message === 'item failed, continuing without it');
    expect(lines.map(({ severity, fields }): [string, LogFields] => [severity, fields])).toMatchObject([
      ['warn', { job: 'greeting', item: 'bob', error: 'bob is shy' }],
      ['warn', { job: 'greeting', item: 'dot', error: 'dot is shy' }],
    ]);
    const end = log.lines.find(({ message }) => message === 'run succeeded');
    expect(end?.fields).toMatchObject({ processed: 2, failedItems: 2 });
    expect((await host.health()).jobs).toMatchObject([
      { job: 'greeting', verdict: 'healthy', failedItems: 2 },
    ]);

    shy.delete('dot');
    expect(await host.retryFailedItems('greeting', '2026-11-24T12:00:00Z')).toMatchObject({
      kind: 'retried',
      succeeded: 1,
      failed: [{ item: 'bob' }],
    });
    expect(greeted).toEqual(['ada', 'cy', 'dot']);
    expect(await host.runs('greeting')).toMatchObject([
      { status: 'succeeded', processed: 3, failedItems: 1 },
    ]);
  });

  it('make the run fail above the share that the settings allow', async () => {
    const settings = { greeting: { maxFailureRate: 0.2 } };
    const { host } = await greeters({ shy: new Set(['bob']), jobOverrides: settings });
    expect(await host.runNow('greeting')).toMatchObject({
      report: { end: 'failed', error: { code: 'TOO_MANY_FAILED_ITEMS' }, processed: 3, failedItems: 1 },
    });
  });

  it('are refused for jobs that have none, for what is no job, and by a host that is not open', async () => {
    const { host } = await greeters({ shy: new Set() });
    const code = (is: string): unknown => expect.objectContaining({ code: is });
    const retry = (job: string) => host.retryFailedItems(job, noon);
    await expect(retry('leaderboard-recalculation')).rejects.toThrow(code('JOB_WITHOUT_ITEMS'));
    await expect(retry('greetings')).rejects.toThrow(code('UNKNOWN_JOB'));
    await expect(host.retryFailedItems('greeting', noon + 1)).rejects.toThrow(code('NOT_A_TICK'));
    await expect(host.failedItems('greetings')).rejects.toThrow(code('UNKNOWN_JOB'));
    await host.stop();
    await expect(retry('greeting')).rejects.toThrow(code('HOST_STATE'));
    await expect(host.failedItems('greeting')).rejects.toThrow(code('HOST_STATE'));
  });

  it('come from the built-in jobs as well', async () => {
    const { host, clock } = memoryHost();
    await host.open();
    await host.lives.spend(ada);
    await clock.advanceTo('2026-11-24T12:30:00Z');
    await host.runNow('life-regeneration');
    expect(await host.failedItems('life-regeneration')).toEqual([]);
    expect(await host.retryFailedItems('life-regeneration', noon)).toMatchObject({ succeeded: 0 });
  });
});

describe('the time limit in the settings of a host', () => {
  it('ends a run that takes longer', async () => {
    const settings = { greeting: { timeoutMs: 60_000 } };
    const batch = ({ signal }: { readonly signal: AbortSignal }) =>
      new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('interrupted')));
      });
    const { host, clock } = await greeters({ shy: new Set(), jobOverrides: settings }, { batch });
    const running = host.runNow('greeting');
    await clock.advanceBy(60_000);
    expect(await running).toMatchObject({ report: { end: 'failed', error: { code: 'RUN_TIMEOUT' } } });
  });
});
