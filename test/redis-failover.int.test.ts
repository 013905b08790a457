import {
  PostgresLeaderboardCache,
  postgresAdapters,
  postgresDatabase,
  type PostgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { redisConnection, redisLeaderboards, type RedisOptions } from '@gamekeeper/adapters-redis';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import {
  HOUR_MS,
  awardId,
  instant,
  silentLogger,
  userId,
  type Standing,
  type WithDates,
} from '@gamekeeper/core';
import { standingWithDates } from '@gamekeeper/core/game';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { SeverableLink } from './servers/severable-link.ts';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';
import type { RunningServer } from './servers/find-server.ts';
import { startRedis } from './servers/redis.ts';

const PLAYERS = 10;

// Two servers of their own: one becomes the other's replica.
describeWithRedis('a host whose Redis', () => {
  describeWithPostgres('does not serve it any more', (databaseUrl) => {
    let servers: readonly RunningServer[] = [];
    let admins: readonly Redis[] = [];
    let link: SeverableLink;
    let host: JobHost;
    let ownClient: Redis | undefined;
    let clock: VirtualClock;
    let awards = 0;
    const warnings: string[] = [];

    beforeAll(async () => {
      const settings = ['--repl-diskless-sync-delay', '0'];
      const started = await Promise.all([startRedis(settings), startRedis(settings)]);
      servers = started.map((server) => {
        if (!server) throw new Error('install redis-server: these tests break the ones that they use');
        return server;
      });
      admins = servers.map(({ url }) => new Redis(url));
    });
    afterAll(async () => {
      for (const admin of admins) admin.disconnect();
      await Promise.all(servers.map((server) => server.stop()));
    });
    beforeEach(async () => {
      const [primary, other] = admins as [Redis, Redis];
      await primary.replicaof('NO', 'ONE');
      await primary.flushall();
      await other.replicaof('127.0.0.1', portOf(0));
      await vi.waitUntil(async () => (await other.info('replication')).includes('master_link_status:up'), {
        timeout: 10_000,
      });
      link = new SeverableLink(new URL(servers[0]!.url));
      await link.mend();
      clock = new VirtualClock(instant('2026-11-24T12:00:00Z'));
      warnings.length = 0;
    });
    afterEach(async () => {
      await host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
      await host.stop();
      ownClient?.disconnect();
      ownClient = undefined;
      await link.cut();
      await Promise.all(admins.map((admin) => admin.call('ACL', 'DELUSER', 'keeper')));
    });

    async function open(options: RedisOptions): Promise<void> {
      const schema = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
      const warn = (message: string, fields: object = {}): void =>
        void warnings.push([message, ...Object.values(fields).map(String)].join(' '));
      host = createJobHost({
        modules: [
          postgresAdapters({ url: databaseUrl, schema, poolSize: 3 }),
          redisConnection(options),
          redisLeaderboards({ timeoutMs: 500 }),
          cronerScheduler(),
        ],
        clock,
        logger: { ...silentLogger, warn },
      });
      await host.open();
      for (let index = 0; index < PLAYERS; index += 1) await play(index, index + 1);
      await recalculated();
      await expectTruth();
    }

    const play = async (index: number, amount: number): Promise<void> => {
      const id = userId(`player-${index}`);
      clock.jumpTo(instant(clock.now() + 1));
      await host.gameplay.startQuiz({ userId: id });
      await host.gameplay.awardXp({ awardId: awardId(`award-${(awards += 1)}`), userId: id, amount });
    };

    const recalculated = async (): Promise<void> => {
      clock.jumpTo(instant(clock.now() + HOUR_MS));
      const outcome = await host.runNow('leaderboard-recalculation');
      expect(outcome).toMatchObject({ kind: 'ran', report: { end: 'succeeded' } });
    };

    const seen = async (): Promise<readonly WithDates<Standing>[]> => {
      const { standings } = await host.leaderboards.top('global', { limit: 100 });
      for (const one of standings) {
        expect(await host.leaderboards.standing('global', one.userId)).toEqual(one);
      }
      return standings;
    };

    async function expectTruth(): Promise<void> {
      const database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      const board = host.leaderboards.boards.find(({ key }) => key === 'global')!;
      const at = { board, period: { key: 'all', startsAt: null, endsAt: null } };
      const truth = await new PostgresLeaderboardCache(database).top(at, { limit: 100 });
      expect(truth).toHaveLength(PLAYERS);
      expect(await seen()).toEqual(truth.map(standingWithDates));
    }

    /** The scripts that a server has carried out, reads and writes. */
    const scriptsOf = async (admin: Redis): Promise<number> =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1] ?? 0);

    async function failOver(): Promise<Redis> {
      const [old, promoted] = admins as [Redis, Redis];
      // The replica has all boards: a board that it lacks would be read from the tables, and nothing written to Redis.
      await old.set('last-write', '1');
      expect(await old.wait(1, 10_000)).toBe(1);
      await promoted.replicaof('NO', 'ONE');
      await old.replicaof('127.0.0.1', portOf(1));
      await vi.waitUntil(async () => (await old.info('replication')).includes('master_link_status:up'), {
        timeout: 10_000,
      });
      // As a virtual address does: the connection that is there stays with what is a replica now.
      link.lead(new URL(servers[1]!.url));
      return promoted;
    }

    it('is a replica after a failover: it goes on from the tables, and within seconds on the new primary', async () => {
      await open({ url: `redis://127.0.0.1:${link.port}` });
      const promoted = await failOver();
      await play(0, 500);
      await promoted.config('RESETSTAT');
      await vi.waitUntil(
        async () => {
          // Each award is written: the first one that the replica refuses leads to the new primary.
          await play(0, 1);
          return (await scriptsOf(promoted)) > 0;
        },
        { timeout: 8_000, interval: 50 },
      );
      await recalculated();
      await expectTruth();
      await play(1, 700);
      await expectTruth();
      expect((await host.health()).degraded).toEqual([]);
    });

    it('is a replica after a failover, by a client of the host’s: awards count, and the log says what is wrong', async () => {
      ownClient = new Redis(`redis://127.0.0.1:${link.port}`);
      await open({ client: ownClient });
      await failOver();
      await play(0, 500);
      expect(warnings.join('\n')).toContain('must be that of the primary');
      const ready = once(ownClient, 'ready');
      ownClient.disconnect(true);
      await ready;
      await recalculated();
      await expectTruth();
    });

    it.each([
      ['no script', ['-evalsha', '-eval']],
      ['no command that a script uses', ['-hget', '-hmget']],
      ['none of the keys', ['resetkeys', '~other:*']],
    ])(
      'lets its user do %s any more: players see the tables, and the log names the ACL',
      async (_, refused) => {
        const admin = admins[0]!;
        await admin.call('ACL', 'SETUSER', 'keeper', 'on', '>s3cret', '~gamekeeper:*', '+@all');
        await open({ url: `redis://keeper:s3cret@127.0.0.1:${link.port}` });
        await admin.call('ACL', 'SETUSER', 'keeper', ...refused);
        await play(0, 500);
        await expectTruth();
        expect(warnings.join('\n')).toMatch(/cache is unavailable.*ACL SETUSER/);
        expect(warnings.join('\n')).not.toContain('s3cret');
        await admin.call('ACL', 'SETUSER', 'keeper', '~gamekeeper:*', '+@all');
        await recalculated();
        await expectTruth();
      },
    );

    it('has another password now: players see the tables, and the health says what is wrong', async () => {
      const admin = admins[0]!;
      await admin.call('ACL', 'SETUSER', 'keeper', 'on', '>s3cret', '~gamekeeper:*', '+@all');
      await open({ url: `redis://keeper:s3cret@127.0.0.1:${link.port}` });
      await admin.call('ACL', 'SETUSER', 'keeper', 'resetpass', '>0ther');
      await admin.call('CLIENT', 'KILL', 'USER', 'keeper');
      await vi.waitUntil(
        async () => {
          await play(0, 5);
          const { degraded } = await host.health();
          return degraded.some(({ error }) => /user or password is wrong/.test(error));
        },
        { timeout: 8_000, interval: 100 },
      );
      await expectTruth();
      expect(warnings.join('\n')).not.toContain('s3cret');
      await admin.call('ACL', 'SETUSER', 'keeper', '>s3cret');
      const back = (): Promise<boolean> =>
        host.leaderboards.recalculate('global').then(
          () => true,
          () => false,
        );
      await vi.waitUntil(back, { timeout: 15_000, interval: 100 });
      expect(await scriptsOf(admin)).toBeGreaterThan(0);
      await expectTruth();
    });

    const portOf = (server: number): string => new URL(servers[server]!.url).port;
  });
});
