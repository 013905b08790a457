import { pgBossScheduler } from '@gamekeeper/scheduler-pgboss';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { CarriedFleet } from './carried-fleet.ts';
import { describeWithPostgres } from './server-suites.ts';
import { hasPgBouncer, startPgBouncer } from './servers/pgbouncer.ts';

const SPAN_MS = 12_000;

/** Nobody reads there what was skipped. */
const mustRun = /^(?:true|1)$/.test(process.env['CI'] ?? '');
const suite = mustRun || hasPgBouncer() ? describe : describe.skip;

suite('two hosts whose work pg-boss carries, behind a PgBouncer in transaction mode', () => {
  describeWithPostgres('on a server', (direct) => {
    it('run every tick and shard once', { timeout: 120_000 }, async () => {
      const pooler = await startPgBouncer(direct, { poolMode: 'transaction', poolSize: 5 });
      if (!pooler) throw new Error('install pgbouncer: there is none');
      onTestFinished(() => pooler.stop());
      const fleet = new CarriedFleet(pooler.url);
      onTestFinished(() => fleet.close());
      const options = { url: pooler.url, schema: fleet.bossSchema, pollIntervalMs: 500 };
      await fleet.start('sends', pgBossScheduler(options), 'send');
      await fleet.start('works', pgBossScheduler(options), 'work');
      const from = Date.now() + 500;
      await wait(SPAN_MS);
      const steps = await fleet.judge(from, Date.now() - 1_500);
      expect(new Set(steps.map(({ host }) => host))).toEqual(new Set(['works']));
    });
  });
});
