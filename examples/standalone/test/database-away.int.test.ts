import { type PostgresDatabase, postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { DAY_MS, HOUR_MS, instant, addMs, silentLogger, userId, type Instant } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { SeverableLink } from '../../../test/servers/severable-link.ts';

const start = instant('2026-11-24T00:15:00Z');

describeWithPostgres('a database that cannot be reached for a day', (url) => {
  it(
    'costs delay only: no tick, no memory, no crash, and one line of the log for each state',
    { timeout: 120_000 },
    async () => {
      const schema = `gamekeeper_away_test_${process.pid}`;
      const link = new SeverableLink(new URL(url));
      await link.mend();
      const through = new URL(url);
      through.hostname = '127.0.0.1';
      through.port = String(link.port);

      const clock = new VirtualClock(start);
      const told: string[] = [];
      const keep = (message: string): void => void told.push(message);
      let tries = 0;
      const host = createJobHost({
        modules: [postgresAdapters({ url: through.href, schema, poolSize: 4 }), cronerScheduler()],
        clock,
        logger: { ...silentLogger, info: keep, warn: keep, error: keep },
        observers: [{ engineFailed: () => (tries += 1) }],
      });
      await host.start();
      const database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      try {
        await advance(addMs(start, HOUR_MS));
        expect(await watermark()).toEqual(latestTicks());
        const timers = clock.timers;
        told.length = 0;

        await link.cut();
        const playing = host.gameplay.startQuiz({ userId: userId('ada') });
        await expect(playing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
        await advance(addMs(start, DAY_MS));
        expect(tries).toBeGreaterThan(1_000);
        // A try again for each job beside what it waits for anyhow.
        expect(clock.timers).toBeLessThanOrEqual(timers + host.jobs.length);

        await link.mend();
        await advance(addMs(clock.now(), 60_000));
        expect(await watermark()).toEqual(latestTicks());
        const hours = await host.runs('life-regeneration', { limit: 1_000 });
        expect(hours.map(({ status }) => status)).toEqual(Array(hours.length).fill('succeeded'));
        expect(hours).toHaveLength(48);
        expect(told.filter((message) => /blocked|recovered/.test(message))).toEqual([
          'job is blocked, retrying',
          'all jobs have recovered',
        ]);
      } finally {
        await link.mend().catch(() => undefined);
        await database.dropSchema();
        expect(await host.stop()).toBe(true);
        await link.cut();
      }

      /** Moves time on by less than the engine waits between two tries, and lets all that it began come to its end. */
      async function advance(to: Instant): Promise<void> {
        while (clock.now() < to) {
          await clock.advanceTo(Math.min(to, clock.nextTimerAt ?? to));
          await host.idle();
          await turn();
        }
      }

      async function watermark(): Promise<readonly (Date | undefined)[]> {
        return Promise.all(
          host.jobs.map(async ({ job }) => (await host.runs(job.name, { limit: 1 }))[0]?.tick),
        );
      }

      function latestTicks(): readonly (Date | undefined)[] {
        return host.jobs.map(({ schedule }) => {
          const tick = schedule.previous(addMs(clock.now(), 1));
          return tick === null || tick < start ? undefined : new Date(tick);
        });
      }
    },
  );
});
