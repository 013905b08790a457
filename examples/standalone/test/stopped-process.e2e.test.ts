import {
  type PostgresDatabase,
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { HOUR_MS, instant, addMs, silentLogger } from '@gamekeeper/core';
import { gameTokens, type LivesRepository } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { Program } from './program.ts';
import { signingJob } from './processes/signing-job.ts';

const registeredAt = instant('2026-11-24T00:00:30Z');
const tick = instant('2026-11-24T01:00:00Z');

describeWithPostgres('a process that is stopped (SIGSTOP) in the middle of a batch', (url) => {
  it('law 1: commits nothing when it wakes after its lease', { timeout: 60_000 }, async () => {
    const schema = `gamekeeper_stopped_test_${process.pid}`;
    const clock = new VirtualClock(registeredAt);
    const host = createJobHost({
      modules: [postgresAdapters({ url, schema, poolSize: 2, pinnableClock: true }), cronerScheduler()],
      clock,
      instanceId: 'other',
      logger: silentLogger,
      jobs: [signingJob('other', () => undefined)],
    });
    await host.open();
    const database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
    let sleeper: Program | undefined;
    try {
      await pinDatabaseClock(database, tick);
      clock.jumpTo(tick);
      sleeper = new Program('./processes/sleeper.ts', url, schema, String(registeredAt), String(tick));
      await sleeper.hasStopped();

      expect(await host.runNow('signing', { tick })).toMatchObject({ kind: 'held', instanceId: 'sleeper' });
      await pinDatabaseClock(database, addMs(tick, HOUR_MS / 2));
      expect(await host.runNow('signing', { tick })).toMatchObject({
        kind: 'ran',
        report: { end: 'succeeded', fence: 2 },
      });
      await sleeper.goOn();

      expect(sleeper.output).toBe('lost\ndone\n');
      const signed = await host.container.get<LivesRepository>(gameTokens.lives.symbol).list({ limit: 10 });
      expect(signed).toMatchObject([{ userId: 'other' }]);
      expect(await host.runs('signing')).toMatchObject([
        { tick: new Date(tick), status: 'succeeded', instanceId: 'other', fence: 2, processed: 1 },
      ]);
    } finally {
      sleeper?.kill();
      await database.dropSchema();
      await host.stop();
    }
  });
});
