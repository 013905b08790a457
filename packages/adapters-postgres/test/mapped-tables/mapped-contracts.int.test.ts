import { runContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import type { TableMappings } from '../../src/index.ts';
import { PostgresHarness, contractsOf, lockingContractsOf, testSchema } from '../postgres-harness.ts';
import { GameSchema } from './game-schema.ts';

/** Other names, types and collations than ours, further columns, and indexes of the host's. */
const plainTables = `
  create table {hearts} (
    nick varchar(300) primary key,
    "Hearts" smallint not null,
    gained_at timestamp,
    refill_at timestamp,
    updated_at timestamp not null,
    version int not null,
    note text default 'new'
  );
  create index on {hearts} ("Hearts", refill_at);
  create table {stats} (
    user_id varchar(300) primary key, name varchar(300) not null, points bigint not null default 0, streak smallint not null default 0,
    best smallint not null default 0, played_at timestamp, freezes smallint not null, updated_at timestamp not null
  );
  create type {attempt_state} as enum ('OPEN', 'DONE', 'LOST');
  create table {attempts} (
    attempt varchar(300) primary key, player varchar(300) not null, state {attempt_state} not null,
    began_at timestamp not null, closes_at timestamp not null, ended_at timestamp, version bigint not null
  );
`;

const plainMapping = (schema: string): TableMappings => ({
  lives: {
    table: `${schema}.hearts`,
    id: { column: 'nick', type: 'text' },
    columns: { currentLives: 'Hearts', lastRegenAt: 'gained_at', nextRegenAt: 'refill_at' },
    instants: 'timestamp',
    touch: { updated_at: 'now', version: 'increment' },
  },
  progress: {
    table: `${schema}.stats`,
    id: { column: 'user_id', type: 'text' },
    columns: {
      username: 'name',
      xp: 'points',
      currentStreak: 'streak',
      longestStreak: 'best',
      lastQuizAt: 'played_at',
      protections: 'freezes',
    },
    instants: 'timestamp',
    touch: { updated_at: 'now' },
  },
  sessions: {
    table: `${schema}.attempts`,
    id: { column: 'attempt', type: 'text' },
    user: { column: 'player', type: 'text' },
    columns: { status: 'state', startedAt: 'began_at', expiresAt: 'closes_at', completedAt: 'ended_at' },
    statuses: { active: 'OPEN', completed: 'DONE', expired: 'LOST' },
    instants: 'timestamp',
    touch: { version: 'increment' },
  },
});

/** With everything in the host's tables that makes them as fast as ours. */
const fastTables = `
  create table {players} (
    id text collate "C" primary key,
    lives int not null,
    last_life_at timestamptz(3),
    next_life_at timestamptz(3),
    full_lives int generated always as (case when lives >= 5 then 5 end) stored
  ) with (fillfactor = 50);
  create index on {players} (id) where full_lives is null;
  create index on {players} (full_lives) where full_lives is not null;
  create table {progress} (
    id text collate "C" primary key, name text not null, xp bigint not null default 0, xp_at timestamptz(3),
    streak int not null default 0, best int not null default 0, last_quiz_at timestamptz(3), left_over int not null,
    judged_on date, lost int
  ) with (fillfactor = 50);
  create index on {progress} (last_quiz_at) where streak > 0;
`;

const fastMapping = (schema: string): TableMappings => ({
  lives: {
    table: `${schema}.players`,
    id: { column: 'id', type: 'text', collation: 'C' },
    columns: {
      currentLives: 'lives',
      lastRegenAt: 'last_life_at',
      nextRegenAt: 'next_life_at',
      fullLives: 'full_lives',
    },
  },
  progress: {
    table: `${schema}.progress`,
    id: { column: 'id', type: 'text', collation: 'C' },
    columns: {
      username: 'name',
      xp: 'xp',
      currentStreak: 'streak',
      longestStreak: 'best',
      lastQuizAt: 'last_quiz_at',
      protections: 'left_over',
      evaluatedOn: 'judged_on',
      lostStreak: 'lost',
      xpUpdatedAt: 'xp_at',
    },
  },
});

const scenes = [
  ['of a plain game', plainTables, plainMapping],
  ['with helper columns and indexes', fastTables, fastMapping],
] as const;

for (const [name, tables, mapping] of scenes) {
  describeWithPostgres(`tables of the host's, ${name}`, (url) => {
    const game = new GameSchema(url);
    const harness = new PostgresHarness({
      url,
      schema: testSchema(),
      poolSize: 10,
      tables: mapping(game.name),
    });
    beforeAll(async () => {
      await game.open(tables);
      await harness.database.open();
    });
    afterAll(async () => {
      await harness.database.dropSchema();
      await harness.database.close();
      await game.close();
    });

    const options = { supports: { concurrent: true }, examples: 5 };
    const contracts = { ...contractsOf(harness, options), ...lockingContractsOf(harness, options) };
    // The others have no statement on these tables.
    const names = /Lives|Streak|Session|Player|Quiz|Award|Ranking|PeriodResets|LeaderboardCache/;
    const those = Object.entries(contracts).filter(([adapter]) => names.test(adapter));
    for (const [adapter, cases] of those) {
      describe(adapter, { timeout: 120_000 }, () => {
        runContract(cases, it);
      });
    }
  });
}
