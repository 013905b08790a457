import { runContract } from '@gamekeeper/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/server-suites.ts';
import type { TableMappings } from '../../src/index.ts';
import { PostgresHarness, contractsOf, testSchema } from '../postgres-harness.ts';
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
`;

const plainMapping = (schema: string): TableMappings => ({
  lives: {
    table: `${schema}.hearts`,
    id: { column: 'nick', type: 'text' },
    columns: { currentLives: 'Hearts', lastRegenAt: 'gained_at', nextRegenAt: 'refill_at' },
    instants: 'timestamp',
    touch: { updated_at: 'now', version: 'increment' },
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

    const { PostgresLivesRepository, PostgresQuizStore, PostgresPlayerImport, PostgresPlayerRecords } =
      contractsOf(harness, { supports: { concurrent: true }, examples: 12 });
    const contracts = {
      PostgresLivesRepository,
      PostgresQuizStore,
      PostgresPlayerImport,
      PostgresPlayerRecords,
    };
    for (const [adapter, cases] of Object.entries(contracts)) {
      describe(adapter, () => {
        runContract(cases!, it);
      });
    }
  });
}
