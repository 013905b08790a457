import type { JobHost } from '@gamekeeper/composition';
import { iso, instant, type Instant, type RetryOutcome, type WithDates } from '@gamekeeper/core';
import { Option, type Command } from 'commander';
import { readInstant, withExamples } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import { outcomeJson, outcomeText } from '../outcomes.ts';
import { RunProgress } from '../run-progress.ts';
import type { Session } from '../session.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatQuantity, formatInstant } from '../terminal/format.ts';
import { failedItemColumns, failedItemJson } from './failed.ts';

const PAGE = 10_000;

interface Retried {
  readonly tick: Instant;
  readonly outcome: WithDates<RetryOutcome>;
}

/** `retry`: retries failed items. */
export function addRetry(program: Command, session: Session): void {
  const command = program
    .command('retry')
    .description('retries the failed items of a run with its tick as "now"; a failed run then continues')
    .argument('<job>', 'the name of a job')
    .addOption(new Option('--tick <instant>', 'the tick of the run').argParser(readInstant).conflicts('all'))
    .option('--all', 'every tick that has failed items, oldest first')
    .action((job: string, options: { readonly tick?: Instant; readonly all?: boolean }) =>
      retry(session, job, options),
    );
  withExamples(
    command,
    'retry streak-update --tick 2026-11-24T00:00:00Z',
    'retry streak-update --all --json',
  );
}

async function retry(
  session: Session,
  job: string,
  { tick, all }: { readonly tick?: Instant; readonly all?: boolean },
): Promise<void> {
  if (tick === undefined && !all) throw new UsageError('Choose the run: --tick <instant>, or --all.');
  const progress = new RunProgress(session.terminal.stderr);
  await session.withHost(
    async (host) => {
      const ticks = tick === undefined ? await ticksWithFailures(host, job) : [tick];
      progress.expect(ticks.length);
      const retried: Retried[] = [];
      for (const one of ticks) {
        const outcome = await host.retryFailedItems(job, one).finally(() => progress.done());
        retried.push({ tick: one, outcome });
        if (outcome.kind !== 'retried') break;
      }
      const well = retried.every(({ outcome }) => outcome.kind === 'retried' && outcome.failed.length === 0);
      if (!well) session.exitCode = exitCodes.failed;
      session.show({ job, retried: retried.map((one) => json(job, one)) }, (terminal) =>
        print(terminal, job, retried),
      );
    },
    { observer: progress },
  );
}

/** Returns the ticks with failed items, oldest first. */
async function ticksWithFailures(host: JobHost, job: string): Promise<readonly Instant[]> {
  const ticks = new Set<Instant>();
  for (let after: { readonly tick: Date; readonly item: string } | undefined; ;) {
    const page = await host.failedItems(job, { limit: PAGE, ...(after && { after }) });
    for (const { tick } of page) ticks.add(instant(tick));
    after = page.at(-1);
    if (page.length < PAGE || !after) return [...ticks].sort((a, b) => a - b);
  }
}

function json(job: string, { tick, outcome }: Retried): object {
  if (outcome.kind !== 'retried') return outcomeJson(job, tick, outcome);
  return {
    job,
    tick: iso(tick),
    outcome: 'retried',
    succeeded: outcome.succeeded,
    failed: outcome.failed.map(failedItemJson),
  };
}

function print(terminal: Terminal, job: string, retried: readonly Retried[]): void {
  if (retried.length === 0) terminal.print(`${job} has no failed items`);
  for (const { tick, outcome } of retried) {
    const words =
      outcome.kind === 'retried'
        ? `${formatQuantity(outcome.succeeded, 'item')} succeeded, ${formatQuantity(outcome.failed.length, 'failed', 'failed')} again`
        : outcomeText(outcome);
    terminal.print(`${job} at ${formatInstant(tick)}: ${words}`);
  }
  const failed = retried.flatMap(({ outcome }) => (outcome.kind === 'retried' ? outcome.failed : []));
  if (failed.length === 0) return;
  terminal.print('');
  terminal.table(failedItemColumns, failed);
}
