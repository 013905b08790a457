import { RedisConnection, RedisLeaderboardCache } from '@gamekeeper/adapters-redis';
import { PostgresRankingRepository } from '@gamekeeper/adapters-postgres';
import { instant, iso, userId } from '@gamekeeper/core';
import { type BoardPeriod, type NamedScore } from '@gamekeeper/core/ports';
import { defineBoards, periodAt, recalculate } from '@gamekeeper/core/game';
import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { redis as redisServer } from '../../test/servers/redis.ts';
import type { BenchOptions } from '../lib/arguments.ts';
import { BenchStore, ownSchema } from '../lib/bench-store.ts';

const now = instant('2026-11-24T12:00:00Z');
const global = defineBoards().find(({ key }) => key === 'global')!;

/** The board that is measured. */
export const at: BoardPeriod = { board: global, period: periodAt(global, now) };

/** A board in PostgreSQL, and a Redis of its own. */
export class RedisScene {
  readonly store: BenchStore;
  readonly rankings: PostgresRankingRepository;
  readonly cache: RedisLeaderboardCache;
  readonly client: Redis;
  readonly port: number;
  readonly #connection: RedisConnection;
  readonly #stopServer: () => Promise<void>;

  private constructor(
    store: BenchStore,
    server: { readonly url: string; readonly stop: () => Promise<void> },
  ) {
    this.store = store;
    this.rankings = new PostgresRankingRepository(store.database);
    this.client = new Redis(server.url);
    this.port = Number(new URL(server.url).port);
    this.#connection = new RedisConnection({ url: server.url });
    this.cache = new RedisLeaderboardCache(this.#connection, new VirtualClock(now));
    this.#stopServer = server.stop;
  }

  static async open({ url }: BenchOptions): Promise<RedisScene> {
    const server = await redisServer.start();
    if (!server) throw new Error('this bench starts a Redis of its own: install redis-server');
    const store = await BenchStore.open(ownSchema(url), new VirtualClock(now));
    const scene = new RedisScene(store, server);
    await scene.#connection.open();
    return scene;
  }

  async close(): Promise<void> {
    await this.#connection.close();
    this.client.disconnect();
    await this.#stopServer();
    await this.store.drop();
  }

  /** So many players with scores that repeat now and then, all with names. */
  async fill(players: number): Promise<void> {
    await this.store.query('truncate {rankings}, {player_progress}');
    await this.store.query(`
      insert into {player_progress} (user_id, username, xp, current_streak, longest_streak, streak_protections)
      select md5(n::text)::uuid::text, 'Player ' || n, 0, 0, 0, 2 from generate_series(1, ${players}) as n
    `);
    await this.store.query(`
      insert into {rankings} (board, period, user_id, username, score, last_xp_at, tie_key)
      select '${at.board.key}', '${at.period.key}', md5(n::text)::uuid::text, 'Player ' || n, abs(hashint4(n)::bigint) % 100000, at,
        -(extract(epoch from at) * 1000)::bigint
      from generate_series(1, ${players}) as n,
        lateral (select timestamptz '${iso(now)}' - abs(hashint4(-n)::bigint) % 1000000 * interval '1 millisecond' as at) as earned
    `);
    await this.store.query('vacuum analyze {rankings}, {player_progress}');
  }

  /** Makes Redis equal to PostgreSQL, as the job does. */
  async reconcile(full: boolean, cache: RedisLeaderboardCache = this.cache): Promise<void> {
    const { rankings, store } = this;
    await store.database.run((tx) => recalculate({ rankings, cache }, tx, at, { full }));
  }

  /** Rebuilds the board and hands over each command as it is sent. */
  async recorded(note: (command: string | Buffer) => void): Promise<void> {
    const client = new Redis({ port: this.port });
    const send = client.sendCommand.bind(client);
    client.sendCommand = (command, stream) => {
      if (command.name === 'evalsha') note(command.toWritable(client.stream));
      return send(command, stream);
    };
    const connection = new RedisConnection({ client });
    await connection.open();
    await this.reconcile(true, new RedisLeaderboardCache(connection, new VirtualClock(now)));
    await client.quit();
  }

  /** So many players, from all over the board. */
  async players(count: number): Promise<readonly NamedScore[]> {
    const rows = await this.store.query<{ user_id: string }>(
      `select user_id from {rankings} order by md5(user_id) limit ${count}`,
    );
    const found = rows.map((row) => this.cache.standing(at, userId(row.user_id)));
    return (await Promise.all(found)).flatMap((standing) => standing ?? []);
  }
}
