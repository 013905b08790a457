import {
  PostgresDatabase,
  PostgresJobRegistry,
  PostgresRunLedger,
  PostgresLivesRepository,
  PostgresOutbox,
} from '@gamekeeper/adapters-postgres';
import {
  MINUTE_MS,
  defaultLivesRules,
  instant,
  addMs,
  userId,
  type Instant,
  type Lives,
} from '@gamekeeper/core';
import { regenerate } from '@gamekeeper/core/game';
import { IntervalSchedule } from '@gamekeeper/testkit';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/server-suites.ts';

/** Hours pass until the end, and all of them lie in the past: no tick is run that the database's clock has not reached. */
const start = instant('2026-11-20T00:00:30Z');
/** Half an hour per second. */
const speed = 1_800;
const program = fileURLToPath(new URL('./processes/host.ts', import.meta.url));

describeWithPostgres('three hosts on one server', (url) => {
  it(
    'law 1: leave one succeeded run per tick and the lives of an undisturbed history, though one of them is killed',
    { timeout: 120_000 },
    async () => {
      const database = new PostgresDatabase({ url, schema: `gamekeeper_hosts_test_${process.pid}` });
      await database.open();
      const outbox = new PostgresOutbox(database);
      const lives = new PostgresLivesRepository(database, outbox);
      const ledger = new PostgresRunLedger(database);
      const jobRegistry = new PostgresJobRegistry(database);
      const hosts: ChildProcess[] = [];
      try {
        const crowd = await storeCrowd();
        const realStart = Date.now() + 1_000;
        const begin = async (): Promise<ChildProcess> => {
          const host = hostProcess(database.schema, realStart);
          hosts.push(host);
          await once(host.stdout!, 'data');
          return host;
        };
        const [doomed] = await Promise.all([begin(), begin(), begin()]);
        await real(5_000);
        doomed.kill('SIGKILL');
        await real(2_000);
        await begin();
        await real(6_000);
        // Everybody ends in peace, which leaves no run half done.
        await Promise.all(hosts.slice(1).map(ended));

        for (const { job, watermark } of await jobRegistry.records()) {
          const runs = await ledger.runs(job, { limit: 10_000 });
          const counted = job === 'job-health' ? runs.filter(({ status }) => status !== 'skipped') : runs;
          expect({ job, unsuccessful: counted.filter(({ status }) => status !== 'succeeded') }).toEqual({
            job,
            unsuccessful: [],
          });
          if (job === 'life-regeneration') {
            // The hosts' clock runs in the past of the database's, which says when they registered the job.
            const first = addMs(runs.at(-1)!.tick, -1);
            const ticks = [...new IntervalSchedule(30).between(first, watermark)];
            expect(ticks.length).toBeGreaterThan(10);
            expect([...runs].reverse().map(({ tick }) => tick)).toEqual(ticks);
            await expectUndisturbed(crowd, ticks);
          }
        }
      } finally {
        for (const host of hosts) host.kill('SIGKILL');
        await database.dropSchema();
        await database.close();
      }

      async function storeCrowd(): Promise<readonly Lives[]> {
        const crowd = Array.from({ length: 200 }, (_, index) => ({
          userId: userId(`player-${index}`),
          currentLives: index % 6,
          lastRegenAt: null,
          nextRegenAt: addMs(start, index * MINUTE_MS),
        }));
        await database.run(async (tx) => {
          for (const state of crowd) await lives.change(tx, state.userId, () => ({ state, result: null }));
        });
        return crowd;
      }

      async function expectUndisturbed(crowd: readonly Lives[], ticks: readonly Instant[]): Promise<void> {
        const keys: string[] = [];
        const expected = crowd.map((initial) =>
          ticks.reduce((state, tick) => {
            const change = regenerate(state, tick, defaultLivesRules);
            keys.push(...change.events.map(({ key }) => key));
            return change.state;
          }, initial),
        );
        const byId = (a: Lives, b: Lives): number => (a.userId < b.userId ? -1 : 1);
        expect(await lives.list({ limit: 1_000 })).toEqual([...expected].sort(byId));
        const events = (await outbox.list({ limit: 10_000 })).filter(({ type }) => type === 'LivesRefilled');
        expect(events.map(({ key }) => key).sort()).toEqual(keys.sort());
      }
    },
  );

  function hostProcess(schema: string, realStart: number): ChildProcess {
    const args = [url, schema, new Date(start).toISOString(), String(realStart), String(speed)];
    return spawn(process.execPath, ['--conditions=@gamekeeper/source', program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }
});

/** The processes themselves live in real time. */
function real(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function ended(host: ChildProcess): Promise<void> {
  const exit = once(host, 'exit');
  host.kill('SIGTERM');
  const [code] = (await exit) as [number | null];
  expect(code).toBe(0);
}
