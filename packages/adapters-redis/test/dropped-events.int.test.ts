import type { Logger } from '@gamekeeper/core';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { describeWithRedis } from '../../../test/server-suites.ts';
import { told } from '../../../test/told-events.ts';
import { RedisEventBus, type DroppedEvents, type RedisEventBusOptions } from '../src/index.ts';
import { RedisEvents, Taken } from './redis-events.ts';

const MAX_LENGTH = 100;

/** Listens to what a bus or a consumer says of events that were dropped. */
class Listener {
  readonly dropped: DroppedEvents[] = [];
  readonly lines: string[] = [];
  readonly onDropped = (dropped: DroppedEvents): void => void this.dropped.push(dropped);
  readonly logger: Logger = {
    debug: () => undefined,
    info: (line, fields) => void this.lines.push(`info ${line} ${JSON.stringify(fields)}`),
    warn: (line) => void this.lines.push(`warn ${line}`),
    error: (line, fields) => void this.lines.push(`error ${line} ${JSON.stringify(fields)}`),
  };

  total(group: string): number {
    return this.dropped.filter((one) => one.group === group).reduce((sum, { count }) => sum + count, 0);
  }
}

describeWithRedis('events that a stream no longer keeps', (url) => {
  const redis = new RedisEvents(url);
  let published = 0;
  beforeAll(() => redis.connection.open());
  afterEach(() => redis.clear());
  afterAll(() => redis.connection.close());

  const stream = () => redis.connection.key('events', '{0}');
  const length = () => redis.connection.run((client) => client.xlen(stream()));
  const createGroup = (group: string) =>
    redis.connection.run((client) => client.xgroup('CREATE', stream(), group, '0', 'MKSTREAM'));
  const read = async (group: string, count: number): Promise<number> => {
    const answer = (await redis.connection.run((client) =>
      client.xreadgroup('GROUP', group, 'one', 'COUNT', count, 'NOACK', 'STREAMS', stream(), '>'),
    )) as readonly [[string, readonly unknown[]]] | null;
    return answer?.[0][1].length ?? 0;
  };

  function bus(listener: Listener, options: RedisEventBusOptions = {}) {
    const { onDropped, logger } = listener;
    return new RedisEventBus(redis.connection, {
      partitions: 1,
      maxLength: MAX_LENGTH,
      onDropped,
      logger,
      ...options,
    });
  }

  async function publish(to: RedisEventBus, count: number, atOnce = 50): Promise<void> {
    for (let left = count; left > 0; left -= atOnce) {
      const part = Math.min(left, atOnce);
      await to.publish(Array.from({ length: part }, () => told('ann', (published += 1))));
    }
  }

  it('are reported once for each group that had not read them, with their number', async () => {
    const listener = new Listener();
    await createGroup('mailer');
    await createGroup('ledger');
    const to = bus(listener);
    for (let round = 0; round < 20; round += 1) {
      await publish(to, 50);
      await read('ledger', 100);
    }
    const lost = 1_000 - (await length());
    expect(lost).toBeGreaterThan(800);
    expect(listener.total('mailer')).toBe(lost);
    expect(listener.total('ledger')).toBe(0);
    expect(listener.lines).toEqual([
      expect.stringMatching(
        /^error stream trimmed before the group had read all events; raise maxLength or add consumers .*"mailer"/,
      ),
    ]);
  });

  it('are reported to the group itself when it continues; read and lost events add up to all', async () => {
    await createGroup('mailer');
    await publish(bus(new Listener()), 500);
    const listener = new Listener();
    const taken = new Taken();
    const kept = await length();
    const { onDropped, logger } = listener;
    redis.consume({ group: 'mailer', partitions: 1, handler: taken.handler, onDropped, logger });
    await taken.until(kept);
    expect(listener.total('mailer')).toBe(500 - kept);
    await vi.waitFor(() => expect(listener.lines).toHaveLength(2), { timeout: 20_000 });
    expect(listener.lines).toEqual([
      expect.stringMatching(/^error stream trimmed/),
      `info no more unread events are dropped {"group":"mailer","dropped":${500 - kept}}`,
    ]);
    expect(taken.events).toHaveLength(kept);
  });

  it('are an outage that ends when the group keeps up again, and another may follow', async () => {
    const listener = new Listener();
    const to = bus(listener);
    await createGroup('mailer');
    for (const outage of [1, 2]) {
      await publish(to, 300);
      const lost = listener.total('mailer');
      expect(lost).toBeGreaterThan(0);
      for (let round = 0; round < 5; round += 1) {
        await read('mailer', 1_000);
        await publish(to, 50);
      }
      expect(listener.total('mailer')).toBe(lost);
      expect(listener.lines).toHaveLength(2 * outage);
    }
    expect(listener.lines.filter((line) => line.startsWith('info no more unread events'))).toHaveLength(2);
  });

  it('are counted exactly, however groups read and whatever is published in between', async () => {
    const step = fc.oneof(
      fc.record({ publish: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ read: fc.integer({ min: 1, max: 80 }), group: fc.constantFrom('one', 'two') }),
    );
    const history = fc.record({
      steps: fc.array(step, { maxLength: 25 }),
      maxLength: fc.integer({ min: 1, max: 80 }),
    });
    const property = fc.asyncProperty(history, async ({ steps, maxLength }) => {
      await redis.clear();
      const listener = new Listener();
      const to = bus(listener, { maxLength });
      const reads = { one: 0, two: 0 };
      for (const group of ['one', 'two']) await createGroup(group);
      let all = 0;
      for (const one of steps) {
        if ('publish' in one) {
          await publish(to, one.publish, 60);
          all += one.publish;
        } else reads[one.group] += await read(one.group, one.read);
      }
      expect(await length()).toBeLessThan(maxLength + Math.ceil(maxLength / 10));
      for (const group of ['one', 'two'] as const) {
        const unread = await read(group, 10_000);
        expect(listener.total(group)).toBe(all - reads[group] - unread);
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('are removed in steps if a stream is far too long', async () => {
    const listener = new Listener();
    await createGroup('mailer');
    await publish(bus(new Listener(), { maxLength: 100_000 }), 5_000, 1_000);
    await publish(bus(listener), 50);
    expect(await length()).toBe(MAX_LENGTH);
    expect(listener.total('mailer')).toBe(4_950);
    expect(listener.lines).toHaveLength(1);
  });

  it('count as lost for a group that had read and not handled them', async () => {
    await createGroup('mailer');
    const to = bus(new Listener());
    await publish(to, 10);
    // A consumer that read them all and died.
    await redis.connection.run((client) =>
      client.xreadgroup('GROUP', 'mailer', 'reader', 'COUNT', 10, 'STREAMS', stream(), '>'),
    );
    await publish(to, 300);
    const unread = 310 - (await length()) - 10;
    const listener = new Listener();
    const { onDropped, logger } = listener;
    const taken = new Taken();
    redis.consume({ group: 'mailer', partitions: 1, handler: taken.handler, onDropped, logger });
    await taken.until(await length());
    expect(listener.total('mailer')).toBe(unread + 10);
  });

  it('do not fail a publish if only the trimming fails', async () => {
    const listener = new Listener();
    const to = bus(listener);
    await createGroup('mailer');
    const dropped = redis.connection.key('events', '{0}', 'dropped');
    await redis.connection.run((client) => client.set(dropped, 'no hash'));
    await publish(to, 300);
    expect(await length()).toBe(300);
    expect(listener.lines).toEqual([expect.stringMatching(/^error a stream of events cannot be trimmed/)]);
    await redis.connection.run((client) => client.unlink(dropped));
    await publish(to, 50);
    expect(await length()).toBe(MAX_LENGTH);
    expect(listener.total('mailer')).toBe(250);
  });
});

describe('a listener for dropped events', () => {
  it('is rejected if it is not a function', () => {
    expect(() => new RedisEventBus({} as never, { onDropped: 'log' as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'onDropped' }),
    );
  });
});
