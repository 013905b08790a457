import { VirtualClock, memoryStore } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, instant, addMs, type Instant } from '../time/instant.ts';
import { outboxCheck, outboxLimits, type OutboxLimits } from './outbox-check.ts';
import type { OutboxLag, OutboxPartitions } from './outbox-partitions.ts';

const now = instant('2026-11-24T12:00:00Z');

/** What a check says of an outbox with such a lag. */
async function judge(lag: OutboxLag, limits: Partial<OutboxLimits> = {}) {
  const partitions = { lag: async () => lag } as OutboxPartitions;
  return outboxCheck(partitions, outboxLimits('health.outbox', limits)).judge(now);
}

describe('the check of the outbox', () => {
  it('is healthy while nothing waits, and says so', async () => {
    const lag = { pending: 0, oldestAgeMs: null, oldestWaitMs: null };
    expect(await judge(lag)).toEqual({ facts: lag, finding: null });
  });

  it('tells of events that have waited too long since they were written, to the millisecond', async () => {
    const waiting = (ms: number) => judge({ pending: 7, oldestAgeMs: ms, oldestWaitMs: ms });
    expect((await waiting(10 * MINUTE_MS)).finding).toBeNull();
    expect((await waiting(10 * MINUTE_MS + 1)).finding).toEqual({
      severity: 'critical',
      text: 'the oldest of 7 waiting events was written 10 min ago, more than 10 min',
      since: addMs(now, -10 * MINUTE_MS - 1),
    });
  });

  it('does not take events of long ago that were written just now for old ones', async () => {
    const written = (ms: number) => judge({ pending: 7, oldestAgeMs: 3 * DAY_MS, oldestWaitMs: ms });
    expect((await written(MINUTE_MS)).finding).toBeNull();
    expect((await written(MINUTE_MS + 1)).finding?.text).toBe(
      'the oldest of 7 waiting events happened 3 d ago, more than 24 h',
    );
  });

  it('tells of too many, whatever their age', async () => {
    const many = (pending: number) =>
      judge({ pending, oldestAgeMs: 10, oldestWaitMs: 10 }, { maxPending: 1_000 });
    expect((await many(1_000)).finding).toBeNull();
    expect((await many(1_001)).finding?.text).toBe('1001 events wait for delivery, more than 1000');
  });

  it('law 11: notices on a real outbox that nobody empties', async () => {
    const clock = new VirtualClock(now);
    const { transactions, outbox, outboxPartitions } = memoryStore(clock);
    const check = outboxCheck(outboxPartitions, outboxLimits('health.outbox'));
    const found = async (at: Instant) => {
      clock.jumpTo(at);
      return (await check.judge(at)).finding?.severity ?? null;
    };
    const event = { type: 'Told', key: 'a', occurredAt: now, payload: { userId: 'ann' } };
    await transactions.run((tx) => outbox.append(tx, [event]));
    expect(await found(addMs(now, 10 * MINUTE_MS))).toBeNull();
    expect(await found(addMs(now, HOUR_MS))).toBe('critical');
    const claim = await outboxPartitions.claim({ instanceId: 'one', leaseMs: 1_000, limit: 10 });
    await outboxPartitions.complete(claim!, { kind: 'released', delivered: 1 });
    expect(await found(addMs(now, HOUR_MS))).toBeNull();
  });

  it.each<[string, Partial<Record<keyof OutboxLimits, unknown>>]>([
    ['maxPending', { maxPending: 0 }],
    ['maxWaitMs', { maxWaitMs: '10m' }],
    ['maxAgeMs', { maxAgeMs: Infinity }],
  ])('refuses a %s that cannot work', (name, limits) => {
    expect(() => outboxLimits('health.outbox', limits as Partial<OutboxLimits>)).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: `health.outbox.${name}` }),
    );
  });
});
