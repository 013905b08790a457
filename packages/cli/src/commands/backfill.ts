import { iso, addMs, type BackfilledTick, type Instant, type WithDates } from '@gamekeeper/core';
import type { Command } from 'commander';
import {
  readInstant,
  registerOption,
  openOptionsFor,
  withExamples,
  type RegisterOption,
} from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { isDone, outcomeJson, outcomeText } from '../outcomes.ts';
import { RunProgress } from '../run-progress.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import { formatQuantity, formatInstant } from '../terminal/format.ts';
import { scheduledJob } from './run.ts';

interface Span extends RegisterOption {
  readonly from: Instant;
  readonly to: Instant;
}

/** The engine's limit per call. */
const MAX_TICKS = 10_000;

/** `backfill`: runs the ticks of a span that have not succeeded. */
export function addBackfill(program: Command, session: Session): void {
  const command = program
    .command('backfill')
    .description(
      'runs the ticks of a span that have not succeeded, oldest first: skipped, failed, and unknown ones',
    )
    .argument('<job>', 'the name of a job')
    .requiredOption('--from <instant>', 'the first instant of the span', readInstant)
    .requiredOption('--to <instant>', 'the last instant of the span', readInstant)
    .addOption(registerOption())
    .action((job: string, span: Span) => backfill(session, job, span));
  withExamples(
    command,
    'backfill streak-update --from 2026-11-20T00:00:00Z --to 2026-11-24T00:00:00Z',
    'backfill life-regeneration --from 2026-11-24T10:00:00Z --to 2026-11-24T12:00:00Z --yes --json',
  );
}

async function backfill(session: Session, job: string, span: Span): Promise<void> {
  const progress = new RunProgress(session.terminal.stderr);
  await session.withHost(
    async (host) => {
      const total = countTicks(scheduledJob(host, job).schedule.between(addMs(span.from, -1), span.to));
      if (total === 0) throw new UsageError(`${job} has no tick from ${iso(span.from)} to ${iso(span.to)}.`);
      await session.confirm(
        `${job} will run for those of ${formatQuantity(total, 'tick')} from ${formatInstant(span.from)} to ${formatInstant(span.to)} that have not succeeded.`,
      );
      progress.expect(total);
      const ticks = await host.backfill(job, { from: span.from, to: span.to }).finally(() => progress.done());
      const complete = ticks.length === total && ticks.every(({ outcome }) => isDone(outcome));
      if (!complete) session.exitCode = exitCodes.failed;
      const json = {
        job,
        complete,
        ticks: ticks.map(({ tick, outcome }) => outcomeJson(job, tick, outcome)),
      };
      session.show(json, (terminal) => {
        terminal.table(columns, ticks);
        if (ticks.length < total)
          terminal.print(`\nstopped there; ${formatQuantity(total - ticks.length, 'tick')} not run`);
      });
    },
    { ...openOptionsFor(span.register), observer: progress },
  );
}

function countTicks(ticks: Iterable<Instant>): number {
  const each = ticks[Symbol.iterator]();
  let total = 0;
  while (!each.next().done) {
    total += 1;
    if (total > MAX_TICKS)
      throw new UsageError(`At most ${MAX_TICKS} ticks can run at once; choose a shorter span.`);
  }
  return total;
}

const columns: readonly Column<WithDates<BackfilledTick>>[] = [
  { title: 'TICK', text: ({ tick }) => formatInstant(tick) },
  { title: 'OUTCOME', text: ({ outcome }) => outcomeText(outcome), long: true },
];
