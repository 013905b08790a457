import {
  type PostgresDatabase,
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { instant, silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { Program } from './program.ts';
import { steppingJob } from './processes/stepping-job.ts';

const registeredAt = instant('2026-11-24T00:00:30Z');
const tick = instant('2026-11-24T01:00:00Z');

describeWithPostgres('a process that is told to end (SIGTERM) in the middle of a run', (url) => {
  it(
    'finishes its batch, releases the run and exits; another host continues there at once',
    { timeout: 60_000 },
    async () => {
      const schema = `gamekeeper_terminated_test_${process.pid}`;
      const clock = new VirtualClock(registeredAt);
      const never = steppingJob(() => Promise.reject(new Error('the first step was lost')));
      const host = createJobHost({
        modules: [postgresAdapters({ url, schema, poolSize: 2, pinnableClock: true }), cronerScheduler()],
        clock,
        instanceId: 'other',
        logger: silentLogger,
        jobs: [never],
      });
      await host.open();
      const database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      let stepper: Program | undefined;
      try {
        // Time stands still, so no lease expires.
        await pinDatabaseClock(database, tick);
        stepper = new Program('./processes/stepper.ts', url, schema, String(registeredAt), String(tick));
        await stepper.hasSaid('working');
        expect(await stepper.terminate()).toBe(0);
        expect(stepper.output).toBe('working\nreleased\n');

        clock.jumpTo(tick);
        expect(await host.runNow('stepping', { tick })).toMatchObject({
          kind: 'ran',
          report: { end: 'succeeded', fence: 2, processed: 2, batches: 1 },
        });
      } finally {
        stepper?.kill();
        await database.dropSchema();
        await host.stop();
      }
    },
  );
});

describe('the live host', () => {
  it('exits cleanly on SIGTERM', { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-live-'));
    const live = new Program({
      path: '../src/main.ts',
      env: { GAMEKEEPER_FOLDER: join(folder, 'data'), DATABASE_URL: '' },
    });
    try {
      await live.hasSaid('Press Ctrl-C to stop it');
      expect(await live.terminate()).toBe(0);
      expect(live.complaints).toContain('SIGTERM: waiting for the current batches');
    } finally {
      live.kill();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
