import { VirtualClock } from '@gamekeeper/testkit';
import { Redis } from 'ioredis';
import { RedisConnection, RedisLeaderboardCache } from '../../src/index.ts';
import { SortedBoard } from '../sorted-board.ts';
import { board, crowd, noon } from './crowd.ts';

const [, , url = '', keyPrefix = '', action = '', generation = '', step = ''] = process.argv;

const client = new Redis(url);
let calls = 0;
const mortal = new Proxy(client, {
  get(target, name) {
    const value: unknown = Reflect.get(target, name);
    if (typeof value !== 'function') return value;
    return (...args: readonly unknown[]): unknown => {
      if (name === 'evalsha') {
        calls += 1;
        if (calls === Number(step)) process.kill(process.pid, 'SIGKILL');
      }
      return Reflect.apply(value, target, args);
    };
  },
});
const connection = new RedisConnection({ client: mortal, keyPrefix });
await connection.open();
const cache = new RedisLeaderboardCache(connection, new VirtualClock(noon), { recalculationLeaseSeconds: 1 });
if (action === 'drop') await cache.drop(board);
else
  await cache.reconcile(board, new SortedBoard(crowd(Number(generation))).pages, {
    full: action === 'rebuild',
  });
client.disconnect();
