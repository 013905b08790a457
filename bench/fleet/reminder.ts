import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchOptions } from '../lib/arguments.ts';
import { load } from '../lib/machine.ts';
import { count, print } from '../lib/table.ts';

const PLAYERS = 200_000;
const RATE = 1_000;
const GOAL = 95;

const example = fileURLToPath(new URL('../../examples/fleet/src/main.ts', import.meta.url));

/** The evening push of examples/fleet, against a service with a rate limit, with workers killed in the middle. */
export async function reminder({ url, redis }: BenchOptions): Promise<void> {
  print(
    `A push to ${count(PLAYERS)} players at ${count(RATE)} a second at most, 4 workers, 2 of them killed; ${load()}.`,
  );
  const args = { carrier: 'bullmq', workers: 4, players: PLAYERS, rate: RATE, kill: 2 };
  const child = spawn(
    process.execPath,
    [
      '--conditions=@gamekeeper/source',
      example,
      ...Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
    ],
    {
      env: { ...process.env, DATABASE_URL: url, REDIS_URL: `redis://${redis.host}:${redis.port}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const code = await new Promise((resolve) => child.once('close', resolve));
  print(output.replaceAll(/^/gm, '  ').trimEnd());
  if (code !== 0) throw new Error('not every player was told exactly once');
  const share = Number(/^rate: +([\d.]+) %/m.exec(output)?.[1]);
  print(`  Goal, at least ${GOAL} % of the limit: ${share >= GOAL ? 'met' : 'MISSED'}\n`);
}
