import {
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { silentLogger, type LeaderboardReset } from '@gamekeeper/core';
import { VirtualClock } from '@gamekeeper/testkit';
import type { FastifyInstance } from 'fastify';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { createApp } from '../src/app.ts';
import { Payouts } from '../src/payouts.ts';

describeWithPostgres('the example of a Fastify backend', (databaseUrl) => {
  const schema = `gamekeeper_fastify_test_${process.pid}`;
  const shop = `${schema}_shop`;
  const clock = new VirtualClock('2026-11-25T12:00:00Z');
  const pool = new Pool({ connectionString: databaseUrl, options: `-c search_path=${shop}` });
  let app: FastifyInstance;
  let url: string;

  beforeAll(async () => {
    await pool.query(`create schema ${shop}`);
    const adapters = postgresAdapters({ pool, schema, pinnableClock: true });
    app = await createApp({ pool, adapters, options: { clock, logger: silentLogger } });
    url = await app.listen({ port: 0, host: '127.0.0.1' });
    await pin();
  });
  afterAll(async () => {
    await app.close();
    await pool.query(`drop schema ${shop} cascade; drop schema ${schema} cascade`);
    await pool.end();
  });

  const pin = () =>
    pinDatabaseClock(app.host.container.get<PostgresDatabase>(postgresDatabase.symbol), clock.now());

  async function post(path: string, body: object): Promise<Response> {
    return fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async function coinsOf(player: string): Promise<number> {
    const { coins } = (await (await fetch(`${url}/wallets/${player}`)).json()) as { readonly coins: number };
    return coins;
  }

  it('counts quizzes for the board of the week', async () => {
    for (const [player, xp] of [
      ['ada', 400],
      ['bob', 300],
      ['cyd', 200],
      ['dan', 100],
    ] as const) {
      const started = (await (await post('/quizzes', { player, name: player })).json()) as {
        readonly id: string;
      };
      const completed = await post(`/quizzes/${started.id}/completion`, { xp });
      expect(await completed.json()).toMatchObject({ currentStreak: 1 });
    }
    const { standings } = (await (await fetch(`${url}/boards/weekly`)).json()) as {
      readonly standings: object;
    };
    expect(standings).toMatchObject([{ userId: 'ada', score: 400, rank: 1 }, {}, {}, { userId: 'dan' }]);
  });

  it('responds with problem details to what is wrong or refused', async () => {
    const unknown = await fetch(`${url}/boards/daily`);
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'UNKNOWN_BOARD' }]);
    const wrong = await post('/quizzes/no-such-quiz/completion', { xp: -1 });
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'INVALID_OPTION' }]);
    const refused = await post('/quizzes/no-such-quiz/completion', { xp: 1 });
    expect([refused.status, await refused.json()]).toMatchObject([404, { reason: 'unknown-session' }]);
    expect((await post('/quizzes', { player: 'ada' })).status).toBe(400);
  });

  it('pays the best three once when the week is over, however often the event comes', async () => {
    await clock.advanceTo('2026-11-30T00:01:00Z');
    await pin();
    await app.host.runNow('leaderboard-reset-weekly');
    await vi.waitFor(
      async () => {
        await clock.advanceBy(1_000);
        expect(await coinsOf('ada')).toBe(300);
      },
      { timeout: 20_000, interval: 50 },
    );
    const events = await app.host.events({ limit: 100 });
    const reset = events.find(
      ({ type, payload }) => type === 'LeaderboardReset' && payload['board'] === 'weekly',
    );
    const event = { ...reset, occurredAt: clock.now() } as unknown as LeaderboardReset;
    const other = new Payouts(pool, () => app.host.leaderboards);
    await Promise.all([other.pay(event), other.pay(event), other.pay(event)]);
    expect(await Promise.all(['ada', 'bob', 'cyd', 'dan'].map(coinsOf))).toEqual([300, 200, 100, 0]);
  });

  it('has its health on the internal path', async () => {
    expect((await fetch(`${url}/internal/livez`)).status).toBe(200);
    expect(await (await fetch(`${url}/internal/metrics`)).text()).toContain('gamekeeper_health_known 1');
  });
});
