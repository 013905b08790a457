import { postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { awardId, defineJob, isGamekeeperError, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { sql } from 'kysely';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SeverableLink } from './servers/severable-link.ts';
import { describeWithPostgres } from './server-suites.ts';
import { execute, startCrashable, startStandby, type CrashableServer } from './servers/postgres.ts';

const ada = userId('ada');

// Servers of their own: a primary and its standby, with a link in front that an operator switches.
describeWithPostgres('a host whose PostgreSQL takes no writes goes on within seconds', () => {
  let primary: CrashableServer;
  let standby: CrashableServer;
  let link: SeverableLink;
  let host: JobHost;
  let log: string[];

  beforeEach(async () => {
    primary = installed(await startCrashable());
    standby = installed(await startStandby(primary));
    // What was acknowledged is on both, so nothing may be lost.
    await set(primary, `synchronous_standby_names = '*'`);
    await execute(primary.url, 'create table ticks (tick text not null)');
    link = new SeverableLink(new URL(primary.url));
    await link.mend();
    log = [];
    host = createJobHost({
      modules: [
        postgresAdapters({ url: `postgres://postgres@127.0.0.1:${link.port}/postgres`, poolSize: 5 }),
        cronerScheduler(),
      ],
      engine: { leaseMs: 2_000 },
      logger: { debug: () => undefined, info: keep, warn: keep, error: keep },
      jobs: [
        (resolve) =>
          defineJob({
            name: 'tick-counter',
            schedule: { cron: '* * * * * *' },
            batch: async ({ tx, asOf }) => {
              await resolve(postgresDatabase).within(tx, (db) =>
                sql`insert into ticks values (${String(asOf)})`.execute(db),
              );
              return { processed: 1, next: null };
            },
          }),
      ],
    });
    await host.start();
    await host.gameplay.startQuiz({ userId: ada });
  }, 60_000);
  afterEach(async () => {
    await host.stop();
    await link.cut();
    await standby.stop();
    await primary.stop();
  });

  it('of a promotion, when the primary has died', { timeout: 60_000 }, async () => {
    await ticked(primary);
    const player = new Player(host);
    await link.cut();
    await primary.stop();
    await promote();
    await link.mend();
    await expectRecovery(standby, player);
  });

  it('of a promotion, when the old primary lives on and takes no writes', { timeout: 60_000 }, async () => {
    await ticked(primary);
    const player = new Player(host);
    await set(primary, 'default_transaction_read_only = on');
    await vi.waitUntil(() => player.isHeldUp, { timeout: 5_000, interval: 20 });
    await promote();
    await expectRecovery(standby, player);
  });

  it('of the end of a read-only phase of the same server', { timeout: 60_000 }, async () => {
    await ticked(primary);
    const player = new Player(host);
    await set(primary, 'default_transaction_read_only = on');
    await vi.waitUntil(() => player.isHeldUp, { timeout: 5_000, interval: 20 });
    expect(await host.leaderboards.size('global')).toBe(1);
    const before = await sessions();
    await pause(2_000);
    // The player goes on trying, at a rate at which connections are not made anew.
    expect((await sessions()) - before).toBeLessThan(20);
    await set(primary, 'default_transaction_read_only = off');
    await expectRecovery(primary, player);
  });

  /** Leads to the standby, which takes writes from now on. Connections that are there stay with the old primary. */
  async function promote(): Promise<void> {
    await execute(standby.url, 'select pg_promote()');
    link.lead(new URL(standby.url));
  }

  async function expectRecovery(server: CrashableServer, player: Player): Promise<void> {
    const servedFrom = Date.now();
    await player.isServedAgain(4_000);
    await ticked(server, servedFrom);
    const { awarded, refusals } = await player.end();
    expect(refusals.filter((error) => !isUnavailable(error))).toEqual([]);
    await host.pause('tick-counter');
    await host.idle();
    // Once each, and nothing that was acknowledged is missing.
    expect((await host.leaderboards.standing('global', ada))?.score).toBe(awarded);
    const runs = await host.runs('tick-counter', { limit: 1_000 });
    const { ticks } = (
      await execute(server.url, 'select array_agg(tick order by tick) as ticks from ticks')
    )[0]!;
    expect(ticks).toEqual(runs.map(({ tick }) => String(tick.getTime())).toReversed());
    expect(runs.every(({ status }) => status === 'succeeded')).toBe(true);
    expect(runs.length).toBeGreaterThan(1);
    const troubles = log.filter((line) => !line.startsWith('run succeeded'));
    expect(troubles.length).toBeLessThan(15);
    expect(await host.stop()).toBe(true);
  }

  /** Waits for a tick after an instant that the job has counted. */
  async function ticked(server: CrashableServer, after = 0): Promise<void> {
    const count = `select count(*)::int as count from ticks where tick::float8 > ${after}`;
    await vi.waitUntil(async () => Number((await execute(server.url, count))[0]!['count']) > 0, {
      timeout: 15_000,
    });
  }

  /** How many sessions the primary has begun so far. */
  async function sessions(): Promise<number> {
    const [row] = await execute(primary.url, 'select sum(sessions)::int as sessions from pg_stat_database');
    return Number(row!['sessions']);
  }

  function keep(message: string, fields?: object): void {
    log.push(`${message} ${JSON.stringify(fields ?? {})}`);
  }
});

/** Somebody who earns a point every few milliseconds, and asks again with the same award when told that it cannot be now. */
class Player {
  isHeldUp = false;
  readonly #host: JobHost;
  readonly #playing: Promise<void>;
  #awarded = 0;
  #isEnding = false;
  readonly #refusals: unknown[] = [];

  constructor(host: JobHost) {
    this.#host = host;
    this.#playing = this.#play();
  }

  /** Resolves when an award that was asked for from now on is in; the first until then are waited for. */
  async isServedAgain(withinMs: number): Promise<void> {
    const before = this.#awarded;
    await vi.waitUntil(() => this.#awarded > before + 1, { timeout: withinMs, interval: 10 });
  }

  /** Answers how many points were acknowledged, and what else was heard. */
  async end(): Promise<{ readonly awarded: number; readonly refusals: readonly unknown[] }> {
    this.#isEnding = true;
    await this.#playing;
    return { awarded: this.#awarded, refusals: this.#refusals };
  }

  async #play(): Promise<void> {
    while (!this.#isEnding) {
      const award = { awardId: awardId(`award-${this.#awarded}`), userId: ada, amount: 1 };
      try {
        await this.#host.gameplay.awardXp(award);
        this.#awarded += 1;
      } catch (error) {
        this.isHeldUp = true;
        this.#refusals.push(error);
      }
      await pause(10);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return isGamekeeperError(error) && error.code === 'STORE_UNAVAILABLE';
}

async function set(server: CrashableServer, setting: string): Promise<void> {
  await execute(server.url, `alter system set ${setting}`);
  await execute(server.url, 'select pg_reload_conf()');
}

function installed<Server>(server: Server | null): Server {
  if (server === null) throw new Error('install postgresql: these tests fail over servers of their own');
  return server;
}
