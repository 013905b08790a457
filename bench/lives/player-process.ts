/*
 * A process that does nothing but spend lives of random players, or award them XP, one after the other on each of its
 * connections, and remembers how long each took. A process of its own, so that waits are the database's and not those
 * of a busy event loop.
 */
import { awardId, userId, type UserId } from '@gamekeeper/core';
import { BenchStore } from '../lib/bench-store.ts';
import { ShiftedClock } from '../lib/shifted-clock.ts';
import type { Order, Played, Setup } from './players.ts';

const SAMPLE = 20_000;
const { url, schema, offsetMs, call = 'spend', atOnce = 1 } = JSON.parse(process.argv[2]!) as Setup;

const store = await BenchStore.open({ url, schema, poolSize: atOnce + 2 }, new ShiftedClock(offsetMs));
const players = (
  await store.query<{ user_id: string }>(`select user_id from {crowd} order by random() limit ${SAMPLE}`)
).map((row) => userId(row.user_id));

/** Each call, and whether it spent a life. */
const act = {
  spend: async (player: UserId, _number: number) => (await store.host.lives.spend(player)).ok,
  award: async (player: UserId, number: number) => {
    const id = awardId(`bench-${process.pid}-${number}`);
    await store.host.gameplay.awardXp({ awardId: id, userId: player, amount: 10 });
    return false;
  },
};

let turn = 0;
let playing = new AbortController();
process.on('message', (order: Order) => void obey(order));
process.send!('ready');

async function obey(order: Order): Promise<void> {
  playing.abort();
  if (order === 'play') {
    playing = new AbortController();
    process.send!(await play(playing.signal));
  } else if (order === 'end') {
    await store.close();
    process.disconnect();
  }
}

async function play(until: AbortSignal): Promise<Played> {
  const waits: number[] = [];
  let spent = 0;
  const one = async (): Promise<void> => {
    while (!until.aborted) {
      const number = (turn += 1);
      const startedAt = performance.now();
      if (await act[call](players[number % players.length]!, number)) spent += 1;
      waits.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return { waits, spent };
}
