import { addMs } from '@gamekeeper/core';
import { type NamedScore } from '@gamekeeper/core/ports';
import { load } from '../lib/machine.ts';
import { median, spread } from '../lib/statistics.ts';
import { count, goal, print, table } from '../lib/table.ts';
import { at, type RedisScene } from './scene.ts';

const GOALS = { record: 1.2, standing: 1.3 };
const CALLS = 60_000;
const AT_ONCE = 50;

/**
 * Awards and ranks, as they come while people play, beside the plain commands of a board without ties: as ioredis sends
 * them by default, each in a write of its own, and with its option `enableAutoPipelining`, which sends those of a turn
 * together as our calls are.
 */
export async function live(scene: RedisScene, pairs: number): Promise<void> {
  const { cache, client } = scene;
  const players = await scene.players(2_000);
  const plain = await copied(scene, players);
  const pipelining = client.duplicate({ enableAutoPipelining: true });
  let round = 0;
  const grown = (player: NamedScore, index: number): NamedScore => ({
    ...player,
    score: player.score + 10_000 * round + (index % 7),
    lastXpAt: addMs(player.lastXpAt!, round),
  });
  const ways: Readonly<Record<string, (player: NamedScore, index: number) => Promise<unknown>>> = {
    record: (player, index) => cache.record(at, grown(player, index)),
    zadd: (player, index) => client.zadd(plain, grown(player, index).score, player.userId),
    zaddTogether: (player, index) => pipelining.zadd(plain, grown(player, index).score, player.userId),
    standing: ({ userId }) => cache.standing(at, userId),
    zrevrank: ({ userId }) => client.zrevrank(plain, userId),
    zrevrankTogether: ({ userId }) => pipelining.zrevrank(plain, userId),
  };
  const rates: Record<string, number[]> = {};
  // The first round is for the machine to get warm.
  for (; round <= pairs; round += 1) {
    const order = Object.entries(ways);
    for (const [name, call] of round % 2 === 0 ? order : order.toReversed()) {
      const rate = await perSecond(players, call);
      if (round > 0) (rates[name] ??= []).push(rate);
    }
  }
  pipelining.disconnect();
  const times = (ours: string, theirs: string): number[] =>
    rates[ours]!.map((rate, pair) => rates[theirs]![pair]! / rate);
  const row = (name: string, ours: string, theirs: string): string[] => [
    name,
    spread(rates[ours]!, 0),
    spread(rates[theirs]!, 0),
    spread(times(ours, theirs), 2),
  ];
  print(`Live: ${count(CALLS)} calls, ${AT_ONCE} at once; ${load()}\n`);
  print(
    table([
      ['', 'ours per second', 'plain per second', 'time ×'],
      row('an award: record / ZADD', 'record', 'zadd'),
      row('an award: record / ZADD, pipelined', 'record', 'zaddTogether'),
      row('a rank: standing / ZREVRANK', 'standing', 'zrevrank'),
      row('a rank: standing / ZREVRANK, pipelined', 'standing', 'zrevrankTogether'),
    ]),
  );
  goal(`an award at most ${GOALS.record} × ZADD`, median(times('record', 'zadd')), GOALS.record);
  goal(`a rank at most ${GOALS.standing} × ZREVRANK`, median(times('standing', 'zrevrank')), GOALS.standing);
  print('');
}

/** A plain sorted set of the size of the board, with the players under their ids. */
async function copied({ client, store }: RedisScene, players: readonly NamedScore[]): Promise<string> {
  const rows = await store.query<{ user_id: string; score: string }>('select user_id, score from {rankings}');
  await client.unlink('plain:live');
  for (let index = 0; index < rows.length; index += 1_000) {
    const part = rows.slice(index, index + 1_000);
    await client.zadd('plain:live', ...part.flatMap(({ user_id: id, score }) => [score, id]));
  }
  for (const { userId, score } of players) await client.zadd('plain:live', score, userId);
  return 'plain:live';
}

async function perSecond(
  players: readonly NamedScore[],
  call: (player: NamedScore, index: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < CALLS) {
        const index = next;
        next += 1;
        await call(players[index % players.length]!, index);
      }
    }),
  );
  return (CALLS * 1_000) / (performance.now() - startedAt);
}
