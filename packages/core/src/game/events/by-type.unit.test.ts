import { describe, expect, expectTypeOf, it } from 'vitest';
import { createAbortController } from '../../engine/time/abort.ts';
import { instant } from '../../engine/time/instant.ts';
import { userId } from '../players/ids.ts';
import { byType } from './by-type.ts';
import type { StreakBroken } from './game-events.ts';

const broken: StreakBroken = {
  type: 'StreakBroken',
  key: 'StreakBroken:2026-11-24:ann',
  occurredAt: instant('2026-11-24T00:00:00Z'),
  payload: { userId: userId('ann'), lostStreak: 7 },
};
const { signal } = createAbortController();

describe('byType', () => {
  it('calls the handler of the type of event, with its payload, and passes over other types', async () => {
    const calls: string[] = [];
    const handler = byType({
      StreakBroken: ({ payload }) => {
        expectTypeOf(payload.lostStreak).toEqualTypeOf<number>();
        calls.push(`${payload.userId} lost ${payload.lostStreak}`);
      },
      LivesRefilled: ({ payload }) => void calls.push(`${payload.userId} is full`),
    });
    await handler(broken, { signal });
    await handler({ ...broken, type: 'SomethingElse' }, { signal });
    await handler({ ...broken, type: 'toString' }, { signal });
    expect(calls).toEqual(['ann lost 7']);
  });

  it('does not compile with a type of event that does not exist', () => {
    // @ts-expect-error a typing error in the name of the event
    byType({ StreakBrokn: () => undefined });
  });
});
