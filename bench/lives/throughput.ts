import type { BenchStore } from '../lib/bench-store.ts';
import { load } from '../lib/machine.ts';
import { median, spread } from '../lib/statistics.ts';
import { saveResult } from '../lib/results.ts';
import { count, print, table } from '../lib/table.ts';
import { measuredWrites, writesOf, type Written } from '../lib/writes.ts';
import { check, natural, ours, restore, type Crowd, type Tables } from './crowd.ts';
import { ROW_BY_ROW_SAMPLE, job, oneUpdate, oneUpdateWithEvents, rowByRow } from './ways.ts';

const GOAL = 0.4;

/** What each way took and wrote, once per pair. */
interface Measurements {
  readonly job: Written[];
  readonly oneUpdate: Written[];
  readonly withEvents: Written[];
}

/** Compares the job with statements written by hand: each from the same rows, alternating, several times. */
export async function throughput(store: BenchStore, crowd: Crowd, pairs: number): Promise<void> {
  const ways: Measurements = { job: [], oneUpdate: [], withEvents: [] };
  const rowByRowSeconds: number[] = [];
  const loads: string[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    loads.push(load());
    ways.job.push(await from(store, crowd, ours, () => job(store)));
    await check(store, crowd);

    ways.oneUpdate.push(await from(store, crowd, natural, () => oneUpdate(store)));
    await check(store, crowd, { events: false, tables: natural });

    ways.withEvents.push(await from(store, crowd, natural, () => oneUpdateWithEvents(store)));
    await check(store, crowd, { tables: natural });

    const sample = Math.min(crowd.rows, ROW_BY_ROW_SAMPLE);
    const { seconds } = await from(store, { rows: sample }, natural, () => rowByRow(store));
    rowByRowSeconds.push((seconds / sample) * crowd.rows);
  }
  report(crowd, ways, rowByRowSeconds, loads);
  const perMillion = (way: readonly Written[]): number =>
    (median(way.map(({ seconds }) => seconds)) / crowd.rows) * 1_000_000;
  await saveResult({
    name: 'job: lives',
    title: 'Life regeneration, everybody due',
    unit: 'seconds per million rows',
    values: {
      'the job': perMillion(ways.job),
      'one UPDATE, no events': perMillion(ways.oneUpdate),
      'one statement with events': perMillion(ways.withEvents),
    },
  });
}

async function from(
  store: BenchStore,
  { rows }: Pick<Crowd, 'rows'>,
  tables: Tables,
  work: () => Promise<void>,
): Promise<Written> {
  await restore(store, tables);
  return measuredWrites(store, { table: tables.lives, rows }, work);
}

function report(
  crowd: Crowd,
  ways: Measurements,
  rowByRowSeconds: readonly number[],
  loads: readonly string[],
): void {
  const secondsOf = (way: readonly Written[]): readonly number[] => way.map(({ seconds }) => seconds);
  const ratios = (way: readonly number[], to: readonly Written[]): number[] =>
    way.map((value, pair) => value / to[pair]!.seconds);
  const row = (name: string, seconds: readonly number[], writes: readonly string[], digits = 2): string[] => [
    name,
    spread(seconds, digits),
    spread(ratios(seconds, ways.oneUpdate), digits),
    spread(ratios(seconds, ways.withEvents), digits),
    ...writes,
  ];
  const written = (name: string, way: readonly Written[]): string[] =>
    row(name, secondsOf(way), writesOf(way));
  print(
    `Life regeneration: ${count(crowd.rows)} players due, ${count(crowd.refilled)} of them full afterwards`,
  );
  print(
    `Medians (lowest–highest) of ${ways.job.length} alternating rounds, each from the same rows; ${loads.join(', ')}.\n`,
  );
  print(
    table([
      ['', 'seconds', '× reference 1', '× reference 1b', 'WAL bytes per row', '% updated in place (HOT)'],
      written('the job, through the engine', ways.job),
      written('reference 1: one UPDATE, no events', ways.oneUpdate),
      written('reference 1b: one statement with events', ways.withEvents),
      row('reference 2: row by row *', rowByRowSeconds, ['', ''], 1),
    ]),
  );
  print(`  * scaled up from ${count(Math.min(crowd.rows, ROW_BY_ROW_SAMPLE))} rows, no events`);
  print('  The references run on tables of their own, with an index on (current_lives, next_regen_at)');
  const megabytes = ways.job.map(({ peakMegabytes }) => peakMegabytes);
  print(`  Node's memory at its peak during the job: ${spread(megabytes, 1)} MB above idle`);
  const ratio = median(ratios(secondsOf(ways.job), ways.oneUpdate));
  const fastest = Math.min(...secondsOf(ways.job)) / Math.min(...secondsOf(ways.oneUpdate));
  print(`  Goal, at most ${GOAL} × reference 1: ${ratio <= GOAL ? 'met' : 'MISSED'} (${ratio.toFixed(2)})`);
  print(`  The fastest round of each, least disturbed by the rest of the machine: ${fastest.toFixed(2)}\n`);
}
