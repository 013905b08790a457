import { setTimeout as pause } from 'node:timers/promises';
import type { BenchOptions } from '../lib/arguments.ts';
import { load } from '../lib/machine.ts';
import { median } from '../lib/statistics.ts';
import { print, table } from '../lib/table.ts';
import { FleetOf } from './fleet-of.ts';
import { allWays, ways, type Begun, type Way } from './ways.ts';

const JOBS = 5;
/** A tick of pg-boss' own schedule is at most a minute away, and found within half a minute. */
const BEGIN_MS = 110_000;
const TAKEN_WITHIN_MS = 90_000;

/** How long a tick lies still whose process was killed in the middle, until another process begins with it. */
export async function takeover(options: BenchOptions): Promise<void> {
  const rows = await Promise.all(allWays.map((way) => measure(way, options)));
  print('Takeover after kill -9 of a process in the middle of a tick, everything at its defaults');
  print(`${JOBS} jobs in progress in the killed process, all ways at the same time; ${load()}.\n`);
  print(table([['', 'taken over', 'median s', 'longest s'], ...rows]));
}

async function measure(way: Way, options: BenchOptions): Promise<string[]> {
  const jobs = Array.from({ length: JOBS }, (_, index) => ({ name: `job-${index}`, cron: '* * * * *' }));
  const fleet = new FleetOf(way, options, jobs);
  try {
    const held = new Map<string, Begun>();
    const victim = fleet.add('hang', (begun) => held.set(begun.job, begun));
    await victim.ready;
    if (!(await within(BEGIN_MS, () => held.size === JOBS)))
      throw new Error(`${way}: the ticks did not begin`);
    const taken = new Map<string, number>();
    const heir = fleet.add('report', ({ id, at }) => taken.set(id, at));
    await heir.ready;
    const killedAt = Date.now();
    await fleet.kill(victim);
    const ids = [...held.values()].map(({ id }) => id);
    await within(TAKEN_WITHIN_MS, () => ids.every((id) => taken.has(id)));
    const seconds = ids.flatMap((id) => (taken.has(id) ? [(taken.get(id)! - killedAt) / 1_000] : []));
    const shown =
      seconds.length === JOBS
        ? [median(seconds).toFixed(1), Math.max(...seconds).toFixed(1)]
        : ['', `not within ${TAKEN_WITHIN_MS / 1_000}`];
    return [ways[way], `${seconds.length} of ${JOBS}`, ...shown];
  } finally {
    await fleet.close();
  }
}

/** Waits until something holds. Returns whether it does. */
async function within(ms: number, condition: () => boolean): Promise<boolean> {
  for (const endAt = performance.now() + ms; performance.now() < endAt; await pause(50))
    if (condition()) return true;
  return condition();
}
