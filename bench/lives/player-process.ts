/*
 * A process that does nothing but spend lives of random players, or award them XP, one after the other on one
 * connection, and remembers how long each took. A process of its own, so that waits are the database's and not those of a busy event loop.
 */
import { awardId, userId, type UserId } from '@gamekeeper/core';
import { BenchStore } from '../lib/bench-store.ts';
import { ShiftedClock } from '../lib/shifted-clock.ts';
import type { Order, Played, Setup } from './players.ts';

const SAMPLE = 20_000;
const { url, schema, offsetMs, call = 'spend' } = JSON.parse(process.argv[2]!) as Setup;

const store = await BenchStore.open({ url, schema }, new ShiftedClock(offsetMs));
const players = (
  await store.query<{ user_id: string }>(`select user_id from {crowd} order by random() limit ${SAMPLE}`)
).map((row) => userId(row.user_id));

/** Each call, and whether it spent a life. */
const act = {
  spend: async (player: UserId) => (await store.host.lives.spend(player)).ok,
  award: async (player: UserId) => {
    await store.host.gameplay.awardXp({ awardId: awardId(`bench-${turn}`), userId: player, amount: 10 });
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
  for (; !until.aborted; turn += 1) {
    const startedAt = performance.now();
    if (await act[call](players[turn % players.length]!)) spent += 1;
    waits.push(performance.now() - startedAt);
  }
  return { waits, spent };
}
