import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { awardId, defineJob, isGamekeeperError, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const clock = new VirtualClock('2026-11-24T10:00:00Z');
const host = createJobHost({
  modules: [postgresAdapters({ memory: true }), cronerScheduler()],
  clock,
  jobs: [
    defineJob({
      name: 'with-items',
      schedule: { cron: '0 * * * *' },
      items: async () => [],
      batch: async () => ({ processed: 0, next: null }),
    }),
  ],
});

/** What comes from outside, whatever the types say. */
const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom<unknown>(
    '2026-W48',
    '2026-W48\0',
    '\ud800',
    'x'.repeat(1_500),
    "'; drop table lives; --",
    null,
    true,
    {},
    [],
    Number.NaN,
    -1,
    0,
    1.5,
    2 ** 31,
    2 ** 53,
    Number.MAX_SAFE_INTEGER,
    -8.64e15,
    8.64e15,
    8.65e15,
    1e30,
    Infinity,
    -Infinity,
    '9'.repeat(40),
    '1e9',
    '-1',
    '',
  ),
  fc.double(),
  fc.maxSafeInteger(),
);

/** Parts of cursors that look right, or nearly. */
const numbers = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.constantFrom(
    '0',
    '-0',
    '-1',
    '',
    '9'.repeat(16),
    '9'.repeat(40),
    '9007199254740992',
    '8640000000000001',
    '1e9',
    ' 1',
  ),
);
const periods = fc.constantFrom(
  '2026-W48',
  '2026-W47',
  '2026-W99',
  'all',
  '2026-11',
  '\0',
  '\ud800',
  "'",
  '9'.repeat(999),
);
const cursors = fc
  .tuple(
    periods,
    numbers,
    numbers,
    numbers,
    fc.oneof(fc.string({ unit: 'binary', maxLength: 4 }), fc.constant('ada')),
  )
  .map((parts) => parts.join('~'));

/** Calls with what nobody checked; they succeed, or are refused by the name of the option. */
async function refusedByName(call: () => Promise<unknown>, ...options: readonly string[]): Promise<void> {
  const [outcome] = await Promise.allSettled([call()]);
  if (outcome.status === 'fulfilled') return;
  const error: unknown = outcome.reason;
  if (!isGamekeeperError(error)) throw error;
  if (error.code === 'INVALID_INSTANT') return;
  expect(error.code).toBe('INVALID_OPTION');
  expect(options).toContain((error as unknown as { readonly option: string }).option);
  expect(error.message.length).toBeLessThan(1_000);
}

describe('what players and operators page by', () => {
  beforeAll(async () => {
    await host.open();
    for (const [index, id] of ['ada', 'bob', 'cid'].entries())
      await host.gameplay.awardXp({ awardId: awardId(id), userId: userId(id), amount: 10 - index });
    await host.runNow('leaderboard-reset-weekly');
    await host.runNow('with-items');
  });
  afterAll(() => host.stop());

  const any = (value: unknown): never => value as never;

  it('is refused by name where it is junk: the cursor of a board', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('weekly', 'global'),
        fc.oneof(cursors, junk),
        async (board, cursor) => {
          await refusedByName(() => host.leaderboards.top(board, { cursor: any(cursor) }), 'cursor');
        },
      ),
      { numRuns: 600 },
    );
    for (const cursor of [
      '2026-W48~1~9~9999999999999999999~ada',
      '2026-W48~1~9007199254740992~1~ada',
      '2026-W48~99999999999999999999~9~1~ada',
      '2026-W99~1~9~1~ada',
      '2026-W48~1~9~1~\0',
      null,
      7,
    ]) {
      const refused = host.leaderboards.top('weekly', { cursor: any(cursor) });
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'cursor' });
    }
  });

  it('is refused by name where it is junk: periods, limits and neighbours', async () => {
    const { leaderboards } = host;
    await fc.assert(
      fc.asyncProperty(junk, junk, async (one, other) => {
        const [a, b] = [any(one), any(other)];
        const ada = userId('ada');
        await refusedByName(() => leaderboards.top('weekly', { period: a, limit: b }), 'period', 'limit');
        await refusedByName(() => leaderboards.top('weekly', { limit: b }), 'limit');
        await refusedByName(() => leaderboards.standing('weekly', ada, { period: a }), 'period');
        await refusedByName(
          () => leaderboards.around('weekly', ada, { before: a, after: b }),
          'before',
          'after',
        );
        await refusedByName(() => leaderboards.around('global', ada, { period: a }), 'period');
        await refusedByName(() => leaderboards.periods('weekly', { before: a, limit: b }), 'before', 'limit');
        await refusedByName(() => leaderboards.periods('weekly', { before: a }), 'before');
      }),
      { numRuns: 300 },
    );
  });

  it('is refused by name where it is junk: runs and failed items', async () => {
    await fc.assert(
      fc.asyncProperty(junk, junk, async (one, other) => {
        const [a, b] = [any(one), any(other)];
        await refusedByName(() => host.runs(a, { limit: 1 }), 'job');
        await refusedByName(() => host.runs('with-items', { before: a, limit: b }), 'limit');
        await refusedByName(() => host.runs('with-items', { before: a }));
        const after = ['after', 'after.tick', 'after.item'];
        await refusedByName(() => host.failedItems('with-items', { after: a }), ...after);
        await refusedByName(() => host.failedItems('with-items', { after: { tick: a, item: b } }), ...after);
        await refusedByName(() => host.failedItems('with-items', { tick: a, limit: b }), 'limit');
      }),
      { numRuns: 300 },
    );
  });

  it('is refused by name where it is junk: the key of a spend', async () => {
    await fc.assert(
      fc.asyncProperty(junk, async (key) => {
        const spend = () => host.lives.spend(userId('ada'), { idempotencyKey: any(key) });
        await refusedByName(spend, 'idempotencyKey');
      }),
      { numRuns: 100 },
    );
  });

  it('reaches every instant that there is', async () => {
    for (const before of [-8.64e15, -210_866_803_200_001, -62_167_219_200_000, 253_402_300_800_000, 8.64e15])
      expect((await host.runs('with-items', { before })).length).toBe(before > 0 ? 1 : 0);
  });
});
