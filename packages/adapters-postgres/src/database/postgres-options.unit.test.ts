import { InvalidOptionError } from '@gamekeeper/core';
import { MikroORM } from '@mikro-orm/postgresql';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { LivesRow } from '../entities/lives-row.ts';
import { postgresAdapters } from '../postgres-adapters.ts';
import { checkedOptions, type PostgresOptions } from './postgres-options.ts';

const url = 'postgres://keeper:s3cret@localhost:5432/game';

describe('postgresAdapters refuses', () => {
  it.each<[string, unknown, string, string]>([
    ['no place at all', {}, 'postgres', 'none of them'],
    ['two places', { url, memory: true }, 'postgres', 'url and memory'],
    ['an unset variable', { url: undefined }, 'postgres.url', 'undefined'],
    ['an empty variable', { url: '' }, 'postgres.url', '""'],
    ['a URL of another technology', { url: 'redis://:s3cret@localhost' }, 'postgres.url', 'postgres://'],
    ['what is no URL', { url: 'keeper:s3cret@localhost/game' }, 'postgres.url', 'postgres://'],
    ['a URL that cannot be read', { url: 'postgres://keeper:s3cret@:x/game' }, 'postgres.url', 'postgres://'],
    ['a URL without a database', { url: 'postgres://keeper:s3cret@localhost' }, 'postgres.url', 'database'],
    ['a pool that a batch and its lease would fill', { url, poolSize: 1 }, 'postgres.poolSize', '1'],
    ['a pool size in text', { url, poolSize: '10' }, 'postgres.poolSize', '"10"'],
    ['a pool for the embedded database', { memory: true, poolSize: 5 }, 'postgres.poolSize', 'url'],
    ['a silence in text', { url, silenceTimeoutMs: '5000' }, 'postgres.silenceTimeoutMs', '"5000"'],
    ['no time to connect', { url, connectTimeoutMs: 0 }, 'postgres.connectTimeoutMs', '100'],
    ['a statement without time', { url, queryTimeoutMs: 5 }, 'postgres.queryTimeoutMs', '100'],
    ['an idle time below zero', { url, idleTimeoutMs: -1 }, 'postgres.idleTimeoutMs', '-1'],
    ['a time that never ends', { url, queryTimeoutMs: Infinity }, 'postgres.queryTimeoutMs', 'Infinity'],
    [
      'a timeout for the embedded database',
      { folder: 'x', queryTimeoutMs: 5 },
      'postgres.queryTimeoutMs',
      'url',
    ],
    ['a folder without a name', { folder: '' }, 'postgres.folder', '""'],
    ['a memory that is none', { memory: false }, 'postgres.memory', 'false'],
    ['an ORM that is none', { orm: {} }, 'postgres.orm', '@mikro-orm/postgresql'],
    ['a missing ORM', { orm: undefined }, 'postgres.orm', '@mikro-orm/postgresql'],
    [
      'a wait without an end',
      { url, migrationTimeoutMs: Infinity },
      'postgres.migrationTimeoutMs',
      'Infinity',
    ],
    ['a schema with a quote', { url, schema: 'game"; drop schema public' }, 'postgres.schema', 'letters'],
    ['a schema of the system', { url, schema: 'pg_game' }, 'postgres.schema', 'pg_game'],
    ['a schema too long for PostgreSQL', { url, schema: 'g'.repeat(64) }, 'postgres.schema', 'ggg'],
    ['a misspelt option', { url, poolsize: 5 }, 'postgres.poolsize', 'poolSize'],
  ])('%s', (_, options, option, shown) => {
    const error = refusal(options as PostgresOptions);
    expect(error).toMatchObject({ code: 'INVALID_OPTION', option });
    expect(error.message).toMatch(new RegExp(`^(Option|Unknown option) ${option}[ ;]`));
    expect(error.message).toContain(shown);
    expect(inspect(error, { depth: 9 })).not.toContain('s3cret');
  });
});

describe('postgresAdapters takes', () => {
  it.each<[string, PostgresOptions]>([
    ['a server', { url }],
    ['a server behind a socket', { url: 'postgresql:///game?host=/var/run/postgresql&user=keeper' }],
    ['a pool and a schema', { url, poolSize: 2, schema: 'Quiz_2' }],
    ['a wait for migrations', { memory: true, migrationTimeoutMs: 0 }],
    ['limits that are not set', { url, queryTimeoutMs: undefined, poolSize: undefined } as never],
    ['no limits', { url, queryTimeoutMs: 0, idleTimeoutMs: 0 }],
    [
      'limits',
      { url, connectTimeoutMs: 100, silenceTimeoutMs: 500, queryTimeoutMs: 1_000, idleTimeoutMs: 60_000 },
    ],
    ['a folder', { folder: './data' }],
    ['memory', { memory: true }],
    ['the host’s ORM', { orm: new MikroORM({ entities: [LivesRow], clientUrl: url }) }],
  ])('%s, and connects to nothing yet', (_, options) => {
    expect(checkedOptions(options)).toBe(options);
    expect(postgresAdapters(options).name).toBe('postgresAdapters');
  });
});

function refusal(options: PostgresOptions): InvalidOptionError {
  try {
    postgresAdapters(options);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return error as InvalidOptionError;
  }
  throw new Error('it was accepted');
}
