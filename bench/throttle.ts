import { addMs, AdaptiveThrottle, noThrottle, type Throttle } from '@gamekeeper/core';
import type { BenchOptions } from './lib/arguments.ts';
import { BenchStore, ownSchema } from './lib/bench-store.ts';
import { createNatural } from './lib/natural-schema.ts';
import { load, measured, rest } from './lib/machine.ts';
import { ShiftedClock } from './lib/shifted-clock.ts';
import { median, percentile, spread } from './lib/statistics.ts';
import { count, print, table } from './lib/table.ts';
import { check, createCrowd, restore, tick, type Crowd } from './lives/crowd.ts';
import { Players, type Played } from './lives/players.ts';
import { job } from './lives/ways.ts';

const AT_ONCE = 16;
const QUIET_SECONDS = 5;

/** What players got while something happened, and how long it took. */
interface Round {
  readonly waits: readonly number[];
  readonly seconds: number;
}

type Way = 'nothing' | 'never' | 'adaptive';

/**
 * How long players wait while a job goes through the whole table and their calls alone keep the database busy: without
 * a throttle, and with the default one.
 */
export async function throttle({ url, rows, pairs, ids }: BenchOptions): Promise<void> {
  const place = ownSchema(url);
  const offsetMs = ShiftedClock.offsetTo(addMs(tick, 50));
  const clock = new ShiftedClock(offsetMs);
  const open = (given: Throttle) => BenchStore.open(place, clock, [], [], { throttle: given });
  const first = await BenchStore.openRegistered(addMs(tick, -1), place, clock);
  const stores = { never: await open(noThrottle), adaptive: await open(new AdaptiveThrottle()) };
  try {
    await createNatural(first, 'natural_lives', 'natural_outbox');
    const crowd = await createCrowd(first, Math.max(...rows), ids);
    // It learns from a quiet run how long a player's life usually takes.
    await restore(first);
    await job(stores.adaptive);
    report(crowd, await rounds({ first, stores, crowd, pairs }, { ...place, url, offsetMs }));
  } finally {
    await stores.never.close();
    await stores.adaptive.close();
    await first.drop();
  }
}

async function rounds(
  {
    first,
    stores,
    crowd,
    pairs,
  }: {
    readonly first: BenchStore;
    readonly stores: Readonly<Record<'never' | 'adaptive', BenchStore>>;
    readonly crowd: Crowd;
    readonly pairs: number;
  },
  setup: { readonly url: string; readonly schema: string; readonly offsetMs: number },
): Promise<Readonly<Record<Way, readonly Round[]>>> {
  const found: Record<Way, Round[]> = { nothing: [], never: [], adaptive: [] };
  const players = await Players.open({ ...setup, call: 'award', atOnce: AT_ONCE });
  const play = async (way: Way, work: () => Promise<unknown>): Promise<Played> => {
    let seconds = 0;
    const played = await players.during(async () => ({ seconds } = await measured(work)));
    found[way].push({ waits: played.waits, seconds });
    return played;
  };
  try {
    for (let round = 0; round < pairs; round += 1) {
      await restore(first);
      await play('nothing', () => rest(QUIET_SECONDS));
      for (const way of ['never', 'adaptive'] as const) {
        await restore(first);
        await play(way, () => job(stores[way]));
        await check(first, crowd);
      }
    }
  } finally {
    await players.close();
  }
  return found;
}

function report(crowd: Crowd, found: Readonly<Record<Way, readonly Round[]>>): void {
  const p99 = (way: Way): number =>
    percentile(
      found[way].flatMap(({ waits }) => waits),
      0.99,
    );
  const row = (name: string, way: Way): string[] => {
    const all = found[way].flatMap(({ waits }) => waits);
    const perSecond = found[way].map(({ waits, seconds }) => waits.length / seconds);
    return [
      name,
      spread(perSecond, 0),
      median(all).toFixed(1),
      p99(way).toFixed(1),
      (p99(way) / p99('nothing')).toFixed(2),
      way === 'nothing'
        ? ''
        : spread(
            found[way].map(({ seconds }) => seconds),
            1,
          ),
    ];
  };
  print(`Calls of ${AT_ONCE} players at once while ${count(crowd.rows)} players are given a life`);
  print(`Each call is an award; medians (lowest–highest) of ${found.never.length} rounds; ${load()}.\n`);
  print(
    table([
      ['', 'awards a second', 'median ms', '99 % ms', '× quiet', 'the job, seconds'],
      row('no job', 'nothing'),
      row('the job, never pausing', 'never'),
      row('the job, with the default throttle', 'adaptive'),
    ]),
  );
}
