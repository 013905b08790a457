import {
  PostgresDatabase,
  postgresAdapters,
  postgresDatabase,
  type TableMapping,
} from '@gamekeeper/adapters-postgres';
import { loadReplay, type Quiz } from '@gamekeeper/cli';
import { instant, userId, type UserId } from '@gamekeeper/core';
import { memoryAdapters } from '@gamekeeper/testkit';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { describeWithPostgres } from './server-suites.ts';

const { generateActivity, replay, resultOf } = await loadReplay();

const from = instant('2026-03-20T00:00:00Z');
const to = instant('2026-04-08T00:00:00Z');
const quizzes = generateActivity({ players: 25, days: 18, seed: 7, from }).map((quiz): Quiz => ({
  ...quiz,
  player: uuidOf(quiz.player),
}));

/** A UUID for each name, in the order of the names. */
function uuidOf(name: string): UserId {
  const hex = Buffer.from(name).toString('hex').padEnd(32, '0').slice(0, 32);
  return userId(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'));
}

describeWithPostgres("a replay on the host's own tables", (url) => {
  const game = `gamekeeper_replay_game_${process.pid}`;
  const schema = `gamekeeper_replay_mapped_${process.pid}`;

  it('ends the same as in memory', { timeout: 600_000 }, async () => {
    const host = new PostgresDatabase({ url, schema });
    await host.open();
    await host.within(undefined, async (db) => {
      await sql.raw(`create schema ${game}`).execute(db);
      await sql
        .raw(
          `create table ${game}.players (
            id uuid primary key, email text not null, lives smallint not null default 5, last_life_at timestamp,
            next_life_at timestamp, name text not null, xp bigint not null default 0, streak int not null default 0,
            best int not null default 0, played_at timestamp, freezes int not null default 2,
            updated_at timestamp not null default now(), version int not null default 1
          )`,
        )
        .execute(db);
      await sql.raw(`create type ${game}.state as enum ('open', 'done', 'lost')`).execute(db);
      await sql
        .raw(
          `create table ${game}.attempts (
            key text primary key, player uuid not null references ${game}.players, state ${game}.state not null,
            began_at timestamptz not null, closes_at timestamptz not null, ended_at timestamptz
          )`,
        )
        .execute(db);
      const players = [...new Set(quizzes.map(({ player }) => player))];
      await sql`
        insert into ${sql.table(`${game}.players`)} (id, email, name) select id, id || '@example.com', id
        from unnest(${players}::uuid[]) as id
      `.execute(db);
    });
    const players: TableMapping = {
      table: `${game}.players`,
      id: { column: 'id', type: 'uuid' },
      instants: 'timestamp',
      touch: { updated_at: 'now', version: 'increment' },
      hostCreatesRows: true,
    };
    const lives = { currentLives: 'lives', lastRegenAt: 'last_life_at', nextRegenAt: 'next_life_at' };
    const progress = {
      username: 'name',
      xp: 'xp',
      currentStreak: 'streak',
      longestStreak: 'best',
      lastQuizAt: 'played_at',
      protections: 'freezes',
    };
    const store = postgresAdapters({
      url,
      schema,
      tables: {
        lives: { ...players, columns: lives },
        progress: { ...players, columns: progress },
        sessions: {
          table: `${game}.attempts`,
          id: { column: 'key', type: 'text' },
          user: { column: 'player', type: 'uuid' },
          columns: {
            status: 'state',
            startedAt: 'began_at',
            expiresAt: 'closes_at',
            completedAt: 'ended_at',
          },
          statuses: { active: 'open', completed: 'done', expired: 'lost' },
        },
      },
    });
    const end = await replay({ store, quizzes, from, to });
    try {
      const database = end.host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      const result = await resultOf(end);
      const inMemory = await replay({ store: memoryAdapters(), quizzes, from, to });
      expect(result).toEqual(await resultOf(inMemory));
      await inMemory.host.stop();
      await database.dropSchema();
    } finally {
      await end.host.stop();
      await host.within(undefined, (db) => sql.raw(`drop schema ${game} cascade`).execute(db));
      await host.close();
    }
  });
});
