import {
  type PostgresDatabase,
  pinDatabaseClock,
  postgresAdapters,
  postgresDatabase,
} from '@gamekeeper/adapters-postgres';
import { createJobHost } from '@gamekeeper/composition';
import { HOUR_MS, instant, later, silentLogger, tokens, type LivesRepository } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock } from '@gamekeeper/testkit';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import { signingJob } from './processes/signing-job.ts';

const registeredAt = instant('2026-11-24T00:00:30Z');
const tick = instant('2026-11-24T01:00:00Z');
const program = fileURLToPath(new URL('./processes/sleeper.ts', import.meta.url));

describeWithPostgres('a process that is stopped (SIGSTOP) in the middle of a batch', (url) => {
  it('law 1: commits nothing when it wakes after its lease', { timeout: 60_000 }, async () => {
    const schema = `gamekeeper_stopped_test_${process.pid}`;
    const clock = new VirtualClock(registeredAt);
    const host = createJobHost({
      modules: [postgresAdapters({ url, schema, poolSize: 2 }), cronerScheduler()],
      clock,
      owner: 'other',
      logger: silentLogger,
      jobs: [signingJob('other', () => undefined)],
    });
    await host.open();
    const database = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
    let sleeper: ChildProcess | undefined;
    try {
      await pinDatabaseClock(database, tick);
      clock.jumpTo(tick);
      sleeper = spawn(
        process.execPath,
        ['--conditions=@gamekeeper/source', program, url, schema, String(registeredAt), String(tick)],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      let said = '';
      sleeper.stdout?.on('data', (text: Buffer) => (said += text.toString()));
      await hasStopped(sleeper);

      expect(await host.runNow('signing', { tick })).toMatchObject({ kind: 'held', owner: 'sleeper' });
      await pinDatabaseClock(database, later(tick, HOUR_MS / 2));
      expect(await host.runNow('signing', { tick })).toMatchObject({
        kind: 'ran',
        report: { end: 'succeeded', fence: 2 },
      });
      const ended = once(sleeper, 'close');
      sleeper.kill('SIGCONT');
      await ended;

      expect(said).toBe('lost\nsettled\n');
      const signed = await host.container.get<LivesRepository>(tokens.lives.symbol).list({ limit: 10 });
      expect(signed).toMatchObject([{ userId: 'other' }]);
      expect(await host.runs('signing')).toMatchObject([
        { tick, status: 'succeeded', owner: 'other', fence: 2, processed: 1 },
      ]);
    } finally {
      sleeper?.kill('SIGKILL');
      await database.dropSchema();
      await host.stop();
    }
  });
});

/** Until the kernel says that the process stands still. */
async function hasStopped(child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}`);
    const state = execFileSync('ps', ['-o', 'stat=', '-p', String(child.pid)], { encoding: 'utf8' });
    if (state.trim().startsWith('T')) return;
    await pause(20);
  }
}
