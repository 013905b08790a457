import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisEventBus, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { healthHandler } from '@gamekeeper/http';
import {
  MINUTE_MS,
  SECOND_MS,
  awardId,
  instant,
  iso,
  userId,
  type LogFields,
  type Logger,
  type Transactions,
} from '@gamekeeper/core';
import { engineTokens, type Outbox } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';
import { told } from './told-events.ts';
import { SeverableLink } from './servers/severable-link.ts';

const AWARDS = 12;
const CACHE_IS_AWAY =
  'leaderboard cache is unavailable: boards are read from the store, and the next recalculation repairs missed updates';

interface Line {
  readonly level: string;
  readonly text: string;
  readonly fields: LogFields | undefined;
}

describeWithRedis('a Redis', (redisUrl) => {
  describeWithPostgres('that is away for a while', (databaseUrl) => {
    let link: SeverableLink;
    let host: JobHost;
    let clock: VirtualClock;
    let lines: Line[];
    const name = `gamekeeper_test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;

    beforeEach(async () => {
      link = new SeverableLink(new URL(redisUrl));
      await link.mend();
      // By the database's clock, no job is late.
      clock = new VirtualClock(instant(Date.now()));
      lines = [];
      const keep = (level: string) => (text: string, fields?: LogFields) =>
        void lines.push({ level, text, fields });
      const logger: Logger = {
        debug: () => undefined,
        info: keep('info'),
        warn: keep('warn'),
        error: keep('error'),
      };
      host = createJobHost({
        modules: [
          postgresAdapters({ url: databaseUrl, schema: name, poolSize: 4 }),
          redisConnection({ url: `redis://127.0.0.1:${link.port}`, keyPrefix: name }),
          redisLeaderboards(),
          redisEventBus({ partitions: 1 }),
          cronerScheduler(),
        ],
        clock,
        logger,
      });
      await host.start();
      await host.idle();
      await host.leaderboards.recalculate('weekly');
    });
    afterEach(async () => {
      await host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema();
      await host.stop();
      await link.cut();
    });

    const award = (count: number): Promise<unknown> =>
      host.gameplay.awardXp({ awardId: awardId(`award-${count}`), userId: userId('ada'), amount: 5 });

    /** An event that the bus is owed. */
    const tell = async (player: string): Promise<void> => {
      const outbox = host.container.get<Outbox>(engineTokens.outbox.symbol);
      const transactions = host.container.get<Transactions>(engineTokens.transactions.symbol);
      await transactions.run((tx) => outbox.append(tx, [told(player, 1)]));
    };

    const ask = async (path: string): Promise<Response> =>
      healthHandler(host)(new Request(`http://localhost${path}`));

    /** Lets timers fire until something holds. */
    async function until(holds: () => boolean): Promise<void> {
      for (let tries = 0; !holds(); tries += 1) {
        if (tries > 400) throw new Error(`it never came so far: ${JSON.stringify(lines)}`);
        await clock.advanceBy(SECOND_MS);
        await pause(25);
      }
    }

    const about = (dependency: string): readonly Line[] =>
      lines.filter(({ fields }) => fields?.['dependency'] === dependency);

    it('is told of once when it goes and once when it is back, is degraded meanwhile, and stays healthy', async () => {
      await award(0);
      expect((await host.health()).degraded).toEqual([]);
      await link.cut();
      await tell('ada');
      await Promise.all(Array.from({ length: AWARDS }, (_, index) => award(index + 1)));
      await host.leaderboards.top('weekly');
      await until(() => about('event-bus').length > 0);

      expect(lines.filter(({ level }) => level !== 'info')).toMatchObject([
        { level: 'warn', text: CACHE_IS_AWAY },
        { level: 'error', text: 'events cannot be delivered, trying again' },
      ]);
      const health = await host.health();
      expect(health.healthy).toBe(true);
      expect(health.degraded).toMatchObject([
        { dependency: 'leaderboard-cache', failures: 3 * AWARDS + 1 },
        { dependency: 'event-bus' },
      ]);
      expect(health.degraded[1]!.error).toContain('Redis');
      const probe = await ask('/healthz');
      expect(probe.status).toBe(200);
      expect(await probe.json()).toMatchObject({
        status: 'degraded',
        trouble: [],
        degraded: [
          { dependency: 'leaderboard-cache', failures: 3 * AWARDS + 1 },
          { dependency: 'event-bus' },
        ],
      });
      expect(await (await ask('/jobs')).json()).toMatchObject({
        degraded: [{ lastFailureAt: iso(health.degraded[0]!.lastFailureAt) }, {}],
      });
      const text = await (await ask('/metrics')).text();
      expect(text).toContain('\ngamekeeper_degraded 1\n');
      expect(text).toContain(
        '\ngamekeeper_dependency_degraded{gamekeeper_dependency="leaderboard-cache"} 1\n',
      );
      expect(text).toContain(
        `{gamekeeper_dependency="leaderboard-cache",gamekeeper_operation="update"} ${3 * AWARDS}\n`,
      );

      await link.mend();
      await until(() => about('event-bus').length > 1);
      clock.jumpTo(instant(clock.now() + MINUTE_MS));
      await host.leaderboards.top('weekly');
      await award(AWARDS + 1);
      expect(about('leaderboard-cache').map(({ level, fields }) => [level, fields?.['failures']])).toEqual([
        ['warn', undefined],
        ['info', 3 * AWARDS + 1],
      ]);
      expect(about('event-bus')[1]).toMatchObject({ level: 'info', text: 'events are delivered again' });
      expect((await host.health()).degraded).toEqual([]);
      expect(await (await ask('/healthz')).json()).toMatchObject({ status: 'healthy' });
      expect(await (await ask('/metrics')).text()).toContain('\ngamekeeper_degraded 0\n');
    });
  });
});
