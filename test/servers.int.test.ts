import { describe, expect, it } from 'vitest';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';
import { findServer, type Environment, type RunningServer, type ServerKind } from './servers/find-server.ts';
import { folderWith, postgresFolders } from './servers/installed.ts';
import { postgres } from './servers/postgres.ts';
import { redis } from './servers/redis.ts';

const own: RunningServer = { url: 'db://own', stop: () => Promise.resolve() };

/** A kind of server of which only these URLs answer. */
function kind(
  answering: readonly string[],
  start: ServerKind['start'] = () => Promise.resolve(null),
): ServerKind {
  return {
    name: 'Database',
    variable: 'DB_URL',
    install: 'database',
    usualUrls: ['db://usual-1', 'db://usual-2'],
    probe: async (url) => {
      if (!answering.includes(url)) throw new Error(`connection to ${url} refused`);
    },
    start,
  };
}

async function find(
  server: ServerKind,
  environment: Environment,
): Promise<{ url: string | null; said: string[] }> {
  const said: string[] = [];
  const found = await findServer(server, environment, (line) => said.push(line));
  return { url: found?.url ?? null, said };
}

describe('a server for the tests', () => {
  it('is the one that the environment names', async () => {
    const server = kind(['db://mine', 'db://usual-1']);
    expect(await find(server, { DB_URL: 'db://mine' })).toEqual({ url: 'db://mine', said: [] });
  });

  it('is never another than the one that the environment names', async () => {
    const server = kind(['db://usual-1'], () => Promise.resolve(own));
    await expect(find(server, { DB_URL: 'db://mine' })).rejects.toThrow(
      /DB_URL.*connection to db:\/\/mine refused/,
    );
  });

  it('is else the first that answers in a usual place', async () => {
    expect((await find(kind(['db://usual-2']), {})).url).toBe('db://usual-2');
  });

  it('is else started', async () => {
    expect(
      (
        await find(
          kind([], () => Promise.resolve(own)),
          {},
        )
      ).url,
    ).toBe('db://own');
  });

  it('is missed out loud, with what to do about it', async () => {
    const { url, said } = await find(kind([]), {});
    expect(url).toBeNull();
    expect(said).toEqual([
      'SKIPPED: no Database server (none is running and none is installed). To run its tests set DB_URL or install database.',
    ]);
  });

  it('is missed with the reason why it did not start', async () => {
    const { url, said } = await find(
      kind([], () => Promise.reject(new Error('no space left'))),
      {},
    );
    expect(url).toBeNull();
    expect(said.join()).toContain('no space left');
  });

  it('is not looked for when that is switched off', async () => {
    const { url, said } = await find(kind(['db://mine']), {
      DB_URL: 'db://mine',
      GAMEKEEPER_TEST_SERVERS: 'none',
    });
    expect(url).toBeNull();
    expect(said.join()).toContain('SKIPPED: no Database server (GAMEKEEPER_TEST_SERVERS=none)');
  });

  it.each([{}, { GAMEKEEPER_TEST_SERVERS: 'none' }])('must be there in CI (%o)', async (environment) => {
    await expect(find(kind([]), { CI: 'true', ...environment })).rejects.toThrow(
      /set DB_URL or install database/,
    );
  });

  it('refuses a switch that it does not know', async () => {
    await expect(find(kind([]), { GAMEKEEPER_TEST_SERVERS: 'off' })).rejects.toThrow(/"off".*set "none"/);
  });
});

describe.each([
  { kind: postgres, installed: folderWith(['initdb', 'postgres'], postgresFolders()) !== null },
  { kind: redis, installed: folderWith(['redis-server']) !== null },
])('a $kind.name server of our own', ({ kind, installed }) => {
  it.skipIf(!installed)('answers until it is stopped', async () => {
    const server = await kind.start();
    expect(server).not.toBeNull();
    try {
      await kind.probe(server!.url);
    } finally {
      await server!.stop();
    }
    await expect(kind.probe(server!.url)).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe('suites that need a server', () => {
  describeWithPostgres('get a PostgreSQL server', (databaseUrl) => {
    it('that answers', () => postgres.probe(databaseUrl));
  });
  describeWithRedis('get a Redis server', (redisUrl) => {
    it('that answers', () => redis.probe(redisUrl));
  });
});
