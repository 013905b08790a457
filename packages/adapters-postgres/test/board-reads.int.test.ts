import { addMs, awardId, instant, userId, type Standing } from '@gamekeeper/core';
import { defineBoards, periodAt } from '@gamekeeper/core/game';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { PostgresHarness, testSchema } from './postgres-harness.ts';

const noon = instant('2026-11-24T12:00:00Z');
const AWARDS = 300;
const players = ['ada', 'bob', 'cy'].map(userId);
const board = defineBoards().find(({ key }) => key === 'global')!;
const at = { board, period: periodAt(board, noon) };

describeWithPostgres('a board that is read from the tables', (url) => {
  const harness = new PostgresHarness({ url, schema: testSchema(), poolSize: 4 });
  beforeAll(() => harness.database.open());
  afterAll(async () => {
    await harness.database.dropSchema();
    await harness.database.close();
  });

  it('law 6: is of one moment in every answer, while players overtake each other', async () => {
    const { awards, transactions, players: known, cache } = await harness.empty();
    const award = async (index: number): Promise<void> => {
      const player = players[index % players.length]!;
      const given = {
        awardId: awardId(String(index)),
        userId: player,
        amount: 3,
        earnedAt: addMs(noon, index),
      };
      await transactions.run(async (tx) => {
        await known.upsert(tx, { userId: player, protections: 0 });
        await awards.record(tx, given, [board]);
      });
    };
    for (const index of players.keys()) await award(index);
    const writer = { isOver: false };
    const writing = (async () => {
      for (let index = players.length; index < AWARDS; index += 1) await award(index);
    })().finally(() => (writer.isOver = true));
    const ranks = (standings: readonly Standing[]) => standings.map(({ rank }) => rank);
    let reads = 0;
    while (!writer.isOver) {
      for (const player of players) {
        const standing = await cache.standing(at, player);
        expect([1, 2, 3]).toContain(standing?.rank);
        const around = await cache.around(at, player, { before: 2, after: 2 });
        expect(ranks(around)).toEqual([1, 2, 3]);
        const [first] = await cache.top(at, { limit: 1 });
        const rest = await cache.top(at, { after: first!, limit: 3 });
        // Whoever is below the place now: two, or fewer, as players rise above it.
        expect(ranks(rest)).toEqual([1, 2, 3].slice(3 - rest.length));
      }
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(5);
  });
});
