import {
  PostgresDatabase,
  PostgresJobRegistry,
  PostgresStoreTime,
  postgresAdapters,
} from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { MINUTE_MS, SECOND_MS, silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { everySecond } from './processes/every-second.ts';
import { Program } from './program.ts';

/** Debian's package `faketime` puts it there. */
const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
/** Nobody reads there what was skipped. */
const mustRun = /^(?:true|1)$/.test(process.env['CI'] ?? '');
/** Its timers go on as they do on a machine whose clock is wrong. */
const tenMinutesAhead = { LD_PRELOAD: library, FAKETIME: '+10m', FAKETIME_DONT_FAKE_MONOTONIC: '1' };

const suite = mustRun || library ? describe : describe.skip;

suite(
  `a process with a wrong clock${library ? '' : ' (SKIPPED where nothing gives it one: install faketime)'}`,
  () => {
    describeWithPostgres('a process whose machine’s clock is 10 minutes ahead, beside a right one', (url) => {
      it.each(['store', 'machine'])(
        'outcome 2: runs no tick early and moves no watermark ahead, going by the %s’s clock',
        { timeout: 120_000 },
        async (goesBy) => {
          if (!library) throw new Error('install faketime: there is no libfaketime');
          const schema = `gamekeeper_skewed_test_${process.pid}`;
          const database = new PostgresDatabase({ url, schema, poolSize: 2 });
          const jobRegistry = new PostgresJobRegistry(database);
          const storeTime = new PostgresStoreTime(database);
          const right = createJobHost({
            modules: [postgresAdapters({ url, schema, poolSize: 3 }), cronerScheduler()],
            logger: silentLogger,
            instanceId: 'right',
            jobs: [everySecond],
          });
          let skewed: Program | undefined;
          try {
            await database.open();
            await right.start();
            const before = Date.now();
            skewed = new Program(
              { path: './processes/skewed-host.ts', env: tenMinutesAhead },
              url,
              schema,
              goesBy,
            );
            await skewed.hasSaid('quiz ');
            const [, machine = '', quiz = ''] = /machine (\d+) quiz (\d+)/.exec(skewed.output) ?? [];
            expect(Number(machine) - before).toBeGreaterThan(9 * MINUTE_MS);
            const done = async () =>
              (await right.runs('every-second', { limit: 100 })).filter(
                ({ status }) => status === 'succeeded',
              );
            const sofar = (await done()).length;
            await expect
              .poll(async () => (await done()).length, { timeout: 60_000 })
              .toBeGreaterThan(sofar + 4);

            const now = await storeTime.now();
            for (const { watermark } of await jobRegistry.records())
              expect(watermark).toBeLessThanOrEqual(now);
            for (const { job } of right.jobs) {
              for (const { tick, startedAt } of await right.runs(job.name, { limit: 100 }))
                expect(tick.getTime()).toBeLessThanOrEqual(startedAt?.getTime() ?? now);
            }
            const { jobs, checks } = await right.health();
            expect(jobs.filter(({ verdict }) => verdict !== 'healthy')).toEqual([]);
            const unhealthy = checks.filter(({ verdict }) => verdict !== 'healthy');
            expect(unhealthy.map(({ check }) => check)).toEqual(goesBy === 'store' ? ['clock'] : []);
            expect(Math.abs(right.clockSkewMs ?? Infinity)).toBeLessThan(5 * SECOND_MS);
            if (goesBy === 'store') {
              expect(Number(quiz)).toBeGreaterThan(before - 5 * SECOND_MS);
              expect(Number(quiz)).toBeLessThan(Date.now() + 5 * SECOND_MS);
              expect(skewed.output).toMatch(
                /the clock of this host is (?:59\d|60\d)(?:\.\d+)? s ahead of the store's/,
              );
            }
            expect(await skewed.terminate()).toBe(0);
          } finally {
            skewed?.kill();
            await right.stop();
            await database.dropSchema();
            await database.close();
          }
        },
      );
    });
  },
);
