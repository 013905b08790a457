import { postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { SECOND_MS, type Run } from '@gamekeeper/core';
import { Redis } from 'ioredis';
import { sql } from 'kysely';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { carriedHost, type CarriedPlace } from './processes/carried-host.ts';
import { describeWithPostgres, describeWithRedis } from './server-suites.ts';

const program = fileURLToPath(new URL('processes/carried-host.ts', import.meta.url));

describeWithPostgres('a host that is killed while it works on what a queue gave it', (url) => {
  describeWithRedis('with the defaults', (redisUrl) => {
    it.concurrent.for(['pg-boss', 'BullMQ'] as const)(
      'is replaced within 30 s, in its run and in its shard, by %s',
      { timeout: 120_000 },
      async (queue, { expect, onTestFinished }) => {
        const schema = `gamekeeper_test_kill_${process.pid}_${Math.random().toString(36).slice(2, 8)}`;
        const at = new Date(Math.ceil(Date.now() / SECOND_MS) * SECOND_MS + 12 * SECOND_MS).toISOString();
        const place: CarriedPlace = { queue, url, schema, redisUrl, at };
        const done = async () => ({ processed: 1, next: null });
        const sender = carriedHost(place, 'send', done);
        await sender.start();
        const database = sender.container.get<PostgresDatabase>(postgresDatabase.symbol);
        onTestFinished(async () => {
          await database.within(undefined, (db) =>
            sql`drop schema if exists ${sql.id(`${schema}_boss`)} cascade`.execute(db),
          );
          await database.dropSchema();
          await sender.stop();
          await removeKeys(redisUrl, schema);
        });

        const victim = fork(program, [JSON.stringify(place)], {
          execArgv: ['--conditions=@gamekeeper/source'],
        });
        const told: string[] = [];
        victim.on('message', (message) => told.push(String(message)));
        await expect
          .poll(() => [...told].sort(), { timeout: 40_000 })
          .toEqual(['parted', 'started', 'whole']);
        const heir = carriedHost(place, 'work', done);
        await heir.start();
        onTestFinished(() => heir.stop().then(() => undefined));
        const killedAt = Date.now();
        victim.kill('SIGKILL');
        await once(victim, 'exit');

        const runOf = async (job: string) => (await sender.runs(job, { limit: 1 }))[0];
        const ended = (run: Awaited<ReturnType<typeof runOf>>): run is NonNullable<typeof run> =>
          (['succeeded', 'failed'] as readonly Run['status'][]).includes(run?.status ?? 'running');
        for (const job of ['whole', 'parted']) {
          await expect.poll(async () => ended(await runOf(job)), { timeout: 60_000 }).toBe(true);
          const run = await runOf(job);
          expect(run).toMatchObject({ status: 'succeeded', fence: 2 });
          expect(run!.finishedAt!.getTime() - killedAt).toBeLessThan(30 * SECOND_MS);
        }
      },
    );
  });
});

async function removeKeys(redisUrl: string, prefix: string): Promise<void> {
  const client = new Redis(redisUrl);
  const keys = await client.keys(`${prefix}:*`);
  if (keys.length > 0) await client.unlink(...keys);
  client.disconnect();
}
