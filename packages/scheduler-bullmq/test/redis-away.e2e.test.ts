import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startRedis } from '../../../test/servers/redis.ts';

const program = fileURLToPath(new URL('processes/redis-away.ts', import.meta.url));
const working = async (url: string) => {
  const child = fork(program, [url], { execArgv: ['--conditions=@gamekeeper/source'] });
  await once(child, 'message');
  return child;
};

it('ends its process where no Redis has ever been', async () => {
  const child = await working('redis://127.0.0.1:1');
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 20_000);

it('ends its process after Redis has gone', async () => {
  const server = await startRedis();
  if (!server) throw new Error('install redis-server');
  const child = await working(server.url);
  await server.stop();
  expect(await once(child, 'exit')).toEqual([0, null]);
}, 20_000);
