import type { JobHost } from '@gamekeeper/composition';
import {
  UnknownJobError,
  iso,
  instant,
  addMs,
  type Instant,
  type Run,
  type WithDates,
} from '@gamekeeper/core';
import type { Command } from 'commander';
import { limitOption, readInstant, statusOption, withExamples, type StatusOption } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatCount, formatDuration, formatInstant } from '../terminal/format.ts';

interface RunsOptions extends StatusOption {
  readonly from?: Instant;
  readonly to?: Instant;
  readonly limit: number;
}

/** `runs`: lists the runs in the ledger. */
export function addRuns(program: Command, session: Session): void {
  const command = program
    .command('runs')
    .description('lists stored runs, newest tick first, of one job or of all')
    .argument('[job]', 'the name of a job, also of one that no longer exists')
    .option('--from <instant>', 'only ticks from this instant on', readInstant)
    .option('--to <instant>', 'only ticks up to this instant', readInstant)
    .addOption(statusOption())
    .addOption(limitOption(20, 'runs'))
    .action((job: string | undefined, options: RunsOptions) =>
      session.withHost(async (host) => {
        const { runs, next } = await listRuns(host, job, options);
        session.show({ runs: runs.map(runJson), next: next === null ? null : iso(next) }, (terminal) => {
          if (runs.length === 0) terminal.print('no runs');
          else terminal.table(columns(terminal), runs);
          if (next !== null) terminal.print(`\nthere are more: --to ${iso(next)}`);
        });
      }),
    );
  withExamples(
    command,
    'runs life-regeneration',
    'runs --status failed skipped --from 2026-11-24T00:00:00Z',
    'runs streak-update --from 2026-11-01T00:00:00Z --to 2026-11-30T23:59:59Z --json',
  );
}

/** Returns a page of runs, and where the next page begins; all runs with one tick are on one page. */
async function listRuns(
  host: JobHost,
  job: string | undefined,
  { from, to, status, limit }: RunsOptions,
): Promise<{ readonly runs: readonly WithDates<Run>[]; readonly next: Instant | null }> {
  const page = {
    limit: limit + 1,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { before: addMs(to, 1) }),
    ...(status !== undefined && { status }),
  };
  const known = host.jobs.map(({ job: one }) => one.name);
  const names = job === undefined ? known : [job];
  const pages: WithDates<Run>[][] = [];
  for (const name of names) pages.push([...(await host.runs(name, page))]);
  const order = new Map(names.map((name, index) => [name, index]));
  const all = pages
    .flat()
    .sort((a, b) => b.tick.getTime() - a.tick.getTime() || order.get(a.job)! - order.get(b.job)!);
  if (job !== undefined && all.length === 0) await assertKnown(host, job, known);
  const last = all[limit - 1]?.tick;
  const runs = last === undefined ? all : all.filter(({ tick }) => tick >= last);
  return { runs, next: runs.length < all.length ? addMs(instant(runs.at(-1)!.tick), -1) : null };
}

/** @throws {UnknownJobError} for a job that neither the host has nor the ledger has runs of */
async function assertKnown(host: JobHost, job: string, known: readonly string[]): Promise<void> {
  if (known.includes(job) || (await host.runs(job, { limit: 1 })).length > 0) return;
  throw new UnknownJobError(job, known);
}

/** Returns a run as JSON, with instants as text. */
export function runJson(run: WithDates<Run>): object {
  const text = (at: Date | null): string | null => (at === null ? null : iso(at));
  const {
    job,
    tick,
    status,
    fence,
    instanceId,
    startedAt,
    attemptedAt,
    finishedAt,
    processed,
    failedItems,
    error,
  } = run;
  return {
    job,
    tick: iso(tick),
    status,
    attempt: fence,
    instance: instanceId,
    startedAt: text(startedAt),
    attemptedAt: text(attemptedAt),
    finishedAt: text(finishedAt),
    processed,
    failedItems,
    error,
  };
}

const columns = (terminal: Terminal): readonly Column<WithDates<Run>>[] => [
  { title: 'TICK', text: ({ tick }) => formatInstant(tick) },
  { title: 'JOB', text: ({ job }) => job },
  {
    title: 'STATUS',
    text: ({ status }) => status,
    paint: ({ status }, text) => terminal.paint(colours[status], text),
  },
  { title: 'ATTEMPTS', text: ({ fence }) => formatCount(fence), align: 'right' },
  { title: 'TOOK', text: (run) => formatDuration(tookMs(run)), align: 'right' },
  { title: 'PROCESSED', text: ({ processed }) => formatCount(processed), align: 'right' },
  { title: 'FAILED ITEMS', text: ({ failedItems }) => formatCount(failedItems), align: 'right' },
  { title: 'ERROR OR REASON', text: ({ error }) => error ?? '', long: true },
];

const colours = { running: 'yellow', succeeded: 'green', failed: 'red', skipped: 'dim' } as const;

function tookMs({ startedAt, finishedAt }: WithDates<Run>): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt.getTime() - startedAt.getTime();
}
