import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, type ExpectStatic } from 'vitest';
import { describeWithPostgres, describeWithRedis } from '../../../test/server-suites.ts';

const program = fileURLToPath(new URL('../src/main.ts', import.meta.url));

async function demonstrate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@gamekeeper/source', program, ...args],
    { env: { ...process.env, ...env } },
  );
  return stdout;
}

const small = ['--players', '1500', '--rate', '500', '--workers', '2', '--kill', '1'];

function expectEachToldOnce(expect: ExpectStatic, output: string): void {
  expect(output).toMatch(/^killed worker \d+ after \d+ pushes$/m);
  expect(output).toContain('told:      1500 of 1500 players, each once');
  expect(output).toContain('finish:    ran once, and counted 1500');
}

// Most of a demonstration is the wait for the lease of the killed worker.
describe.concurrent(
  'a fleet that tells players, with a worker killed in the middle',
  { timeout: 180_000 },
  () => {
    describeWithPostgres('on PostgreSQL', (databaseUrl) => {
      it('tells each once, without a queue', async ({ expect }) => {
        const told = await demonstrate(['--carrier', 'timer', ...small], { DATABASE_URL: databaseUrl });
        expectEachToldOnce(expect, told);
      });

      it('tells each once, carried by pg-boss', async ({ expect }) => {
        const told = await demonstrate(['--carrier', 'pgboss', ...small], { DATABASE_URL: databaseUrl });
        expectEachToldOnce(expect, told);
      });

      describeWithRedis('and Redis', (redisUrl) => {
        it('tells each once, carried by BullMQ', async ({ expect }) => {
          const env = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
          expectEachToldOnce(expect, await demonstrate(['--carrier', 'bullmq', ...small], env));
        });
      });
    });
  },
);

it('refuses arguments that it does not understand, and says which there are', async () => {
  const refused = (await demonstrate(['--carrier', 'pigeon']).catch((error: unknown) => error)) as {
    readonly code: number;
    readonly stdout: string;
  };
  expect(refused.code).toBe(2);
  expect(refused.stdout).toContain('--carrier must be one of timer, pgboss, bullmq');
  await expect(demonstrate(['--workers', '0'])).rejects.toMatchObject({ code: 2 });
  expect(await demonstrate(['--help'])).toContain('--kill <count>');
});
