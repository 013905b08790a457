import { setTimeout as pause } from 'node:timers/promises';
import type { BenchOptions } from '../lib/arguments.ts';
import { load } from '../lib/machine.ts';
import { saveResult } from '../lib/results.ts';
import { percentile } from '../lib/statistics.ts';
import { count, print, table } from '../lib/table.ts';
import { FleetOf } from './fleet-of.ts';
import { allWays, isByMinute, ways, type Way } from './ways.ts';

const JOBS = 5;
const SPAN_MS = 40_000;
/** A schedule of whole minutes has few ticks; several jobs at each. */
const JOBS_BY_MINUTE = 20;
const SPAN_BY_MINUTE_MS = 170_000;
const PROCESSES = 2;

/** How long after its tick a job begins, in two processes that have nothing else to do: one way after the other. */
export async function lateness(options: BenchOptions): Promise<void> {
  const rows: string[][] = [];
  const p99: Record<string, number> = {};
  for (const way of allWays) {
    const all = await measure(way, options);
    p99[ways[way]] = percentile(all, 0.99);
    rows.push([
      ways[way],
      isByMinute(way) ? 'every minute' : 'every second',
      count(all.length),
      percentile(all, 0.5).toFixed(0),
      percentile(all, 0.99).toFixed(0),
    ]);
  }
  print('How late a tick begins');
  print(`${PROCESSES} processes, ticks at rest, clocks of one machine; ${load()}.\n`);
  print(table([['', 'jobs tick', 'ticks', 'median ms', '99 % ms'], ...rows]));
  await saveResult({
    name: 'fleet: lateness',
    title: 'A tick begins, 99 %',
    unit: 'milliseconds',
    values: p99,
  });
}

async function measure(way: Way, options: BenchOptions): Promise<readonly number[]> {
  const [size, cron, spanMs] = isByMinute(way)
    ? [JOBS_BY_MINUTE, '* * * * *', SPAN_BY_MINUTE_MS]
    : [JOBS, '* * * * * *', SPAN_MS];
  const jobs = Array.from({ length: size }, (_, index) => ({ name: `job-${index}`, cron }));
  const fleet = new FleetOf(way, options, jobs);
  const all: number[] = [];
  let counts = false;
  try {
    const members = Array.from({ length: PROCESSES }, () =>
      fleet.add('report', ({ tick, at }) => counts && all.push(at - tick)),
    );
    await Promise.all(members.map(({ ready }) => ready));
    // What was missed at the start is behind them then.
    await pause(3_000);
    counts = true;
    await pause(spanMs);
  } finally {
    await fleet.close();
  }
  const expected = (Math.floor(spanMs / (isByMinute(way) ? 60_000 : 1_000)) - 1) * size;
  if (all.length < expected) throw new Error(`${way}: ${all.length} ticks in ${spanMs} ms, not ${expected}`);
  return all;
}
