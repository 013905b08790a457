import type { BenchStore } from '../lib/bench-store.ts';
import { load, measured } from '../lib/machine.ts';
import { median, spread } from '../lib/statistics.ts';
import { count, print, table } from '../lib/table.ts';
import { check, restore, type Crowd } from './crowd.ts';
import { ROW_BY_ROW_SAMPLE, job, oneUpdate, oneUpdateWithEvents, rowByRow } from './ways.ts';

const GOAL = 1.3;

/** The seconds that each way took, one of each per pair. */
interface Seconds {
  readonly job: number[];
  readonly oneUpdate: number[];
  readonly withEvents: number[];
  readonly rowByRow: number[];
}

/** Compares the job with statements written by hand: each from the same table, alternating, several times. */
export async function throughput(store: BenchStore, crowd: Crowd, pairs: number): Promise<void> {
  const seconds: Seconds = { job: [], oneUpdate: [], withEvents: [], rowByRow: [] };
  const megabytes: number[] = [];
  const loads: string[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    loads.push(load());
    const run = await from(store, () => job(store));
    await check(store, crowd);
    seconds.job.push(run.seconds);
    megabytes.push(run.peakMegabytes);

    seconds.oneUpdate.push((await from(store, () => oneUpdate(store))).seconds);
    await check(store, crowd, { events: false });

    seconds.withEvents.push((await from(store, () => oneUpdateWithEvents(store))).seconds);
    await check(store, crowd);

    const sample = Math.min(crowd.rows, ROW_BY_ROW_SAMPLE);
    const { seconds: sampled } = await from(store, () => rowByRow(store));
    seconds.rowByRow.push((sampled / sample) * crowd.rows);
  }
  report(crowd, seconds, megabytes, loads);
}

async function from(store: BenchStore, work: () => Promise<void>): ReturnType<typeof measured> {
  await restore(store);
  return measured(work);
}

function report(
  crowd: Crowd,
  seconds: Seconds,
  megabytes: readonly number[],
  loads: readonly string[],
): void {
  const ratios = (way: readonly number[], to: readonly number[]): number[] =>
    way.map((value, pair) => value / to[pair]!);
  const row = (name: string, way: readonly number[], digits = 2): string[] => [
    name,
    spread(way, digits),
    spread(ratios(way, seconds.oneUpdate), digits),
    spread(ratios(way, seconds.withEvents), digits),
  ];
  const pairs = seconds.job.length;
  print(
    `Life regeneration: ${count(crowd.rows)} players due, ${count(crowd.refilled)} of them full afterwards`,
  );
  print(
    `Medians (lowest–highest) of ${pairs} alternating rounds, each from the same table; ${loads.join(', ')}.\n`,
  );
  print(
    table([
      ['', 'seconds', '× reference 1', '× reference 1b'],
      row('the job, through the engine', seconds.job),
      row('reference 1: one UPDATE, no events', seconds.oneUpdate),
      row('reference 1b: one statement with events', seconds.withEvents),
      row('reference 2: row by row *', seconds.rowByRow, 1),
    ]),
  );
  print(`  * scaled up from ${count(Math.min(crowd.rows, ROW_BY_ROW_SAMPLE))} rows, no events`);
  print(`  Node's memory at its peak during the job: ${spread(megabytes, 1)} MB above idle`);
  const ratio = median(ratios(seconds.job, seconds.oneUpdate));
  const fastest = Math.min(...seconds.job) / Math.min(...seconds.oneUpdate);
  print(`  Goal, at most ${GOAL} × reference 1: ${ratio <= GOAL ? 'met' : 'MISSED'} (${ratio.toFixed(2)})`);
  print(`  The fastest round of each, least disturbed by the rest of the machine: ${fastest.toFixed(2)}\n`);
}
