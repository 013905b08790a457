import { InProcessEventBus, eventBus, instant, type DomainEvent, type Transactions } from '@gamekeeper/core';
import { engineTokens, type Outbox } from '@gamekeeper/core/ports';
import { describe, expect, it } from 'vitest';
import { KeptLog, memoryHost, noBuiltInJobs, start } from '../test/hosts.ts';
import type { JobHost } from './job-host.ts';

const told = (key: string): DomainEvent => ({
  type: 'Told',
  key,
  occurredAt: instant(start),
  payload: { userId: 'ann' },
});

async function write(host: JobHost, ...events: readonly DomainEvent[]): Promise<void> {
  const outbox = host.container.get<Outbox>(engineTokens.outbox.symbol);
  await host.container
    .get<Transactions>(engineTokens.transactions.symbol)
    .run((tx) => outbox.append(tx, events));
}

function deliveringHost(handler: (event: DomainEvent) => Promise<void> | void) {
  const bus = new InProcessEventBus();
  bus.subscribe(handler);
  const log = new KeptLog();
  const settings = noBuiltInJobs();
  return {
    log,
    ...memoryHost({
      modules: [eventBus(bus)],
      jobOverrides: settings,
      logger: log,
      relay: { pollIntervalMs: 100 },
    }),
  };
}

describe('a host with a bus', () => {
  it('delivers events from its start to its stop, and says how many wait', async () => {
    const keys: string[] = [];
    const { host, clock } = deliveringHost(({ key }) => void keys.push(key));
    await host.open();
    await write(host, told('a'), told('b'));
    await clock.advanceBy(1_000);
    expect(await host.outboxLag()).toEqual({ pending: 2, oldestAgeMs: 1_000, oldestWaitMs: 1_000 });
    await host.start();
    await clock.advanceBy(1_000);
    expect(keys).toEqual(['a', 'b']);
    expect(await host.outboxLag()).toEqual({ pending: 0, oldestAgeMs: null, oldestWaitMs: null });
    expect(await host.stop()).toBe(true);
    await expect(host.outboxLag()).rejects.toMatchObject({ code: 'HOST_STATE' });
  });

  it('delivers at once when it is asked to, and only while it runs', async () => {
    const keys: string[] = [];
    const { host, clock } = deliveringHost(({ key }) => void keys.push(key));
    await host.open();
    host.pollEvents();
    await host.start();
    await clock.advanceBy(0);
    await write(host, told('a'));
    await clock.advanceBy(99);
    expect(keys).toEqual([]);
    host.pollEvents();
    await clock.advanceBy(0);
    expect(keys).toEqual(['a']);
    await host.stop();
    host.pollEvents();
  });

  it('does not deliver in a process that only watches', async () => {
    const keys: string[] = [];
    const { host, clock } = deliveringHost(({ key }) => void keys.push(key));
    await host.watch();
    await write(host, told('a'));
    await clock.advanceBy(60_000);
    expect(keys).toEqual([]);
    await host.stop();
  });

  it('waits for a handler at work when it stops, and no longer than it may', async () => {
    const { host, clock, log } = deliveringHost(() => new Promise(() => undefined));
    await host.start();
    await write(host, told('a'));
    await clock.advanceBy(1_000);
    const stopped = host.stop();
    await clock.advanceBy(10_000);
    expect(await stopped).toBe(false);
    expect(log.lines.some(({ message }) => message.startsWith('shutdown timed out'))).toBe(true);
  });
});

describe('a host without a bus', () => {
  it('keeps events in the outbox and has no relay', async () => {
    const log = new KeptLog();
    const { host, clock } = memoryHost({ jobOverrides: noBuiltInJobs(), logger: log });
    await host.start();
    await write(host, told('a'));
    await clock.advanceBy(60_000);
    expect((await host.outboxLag()).pending).toBe(1);
    expect(log.lines.filter(({ message }) => message.includes('event'))).toEqual([]);
    await host.stop();
  });

  it.each([
    ['relay.batchSize', { batchSize: 0 }],
    ['relay.pollIntervalMs', { pollIntervalMs: 1 }],
    ['relay.eventTimeoutMs', { eventTimeoutMs: 999 }],
    ['relay.poll', { poll: 100 }],
  ])('refuses a %s that cannot work', (option, relay) => {
    const make = () => memoryHost({ relay: relay as object });
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }));
  });
});
