import type { JobHost } from '@gamekeeper/composition';
import { iso, type FailedItem, type Instant, type WithDates } from '@gamekeeper/core';
import type { Command } from 'commander';
import { limitOption, readInstant, withExamples } from '../arguments.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import { formatInstant } from '../terminal/format.ts';

interface FailedOptions {
  readonly tick?: Instant;
  readonly limit: number;
}

/** `failed`: lists failed items. */
export function addFailed(program: Command, session: Session): void {
  const command = program
    .command('failed')
    .description(
      'lists items that failed while the rest of their run succeeded; exits with 1 if there are any',
    )
    .argument('[job]', 'one job (default: all)')
    .option('--tick <instant>', 'only items of this tick', readInstant)
    .addOption(limitOption(100, 'items of each job'))
    .action((job: string | undefined, options: FailedOptions) =>
      session.withHost(async (host) => {
        const items = await listFailed(host, job, options);
        if (items.length > 0) session.exitCode = exitCodes.failed;
        session.show({ items: items.map(failedItemJson) }, (terminal) => {
          if (items.length === 0) terminal.print('no failed items');
          else terminal.table(failedItemColumns, items);
        });
      }),
    );
  withExamples(command, 'failed', 'failed streak-update --tick 2026-11-24T00:00:00Z', 'failed --json');
}

async function listFailed(
  host: JobHost,
  job: string | undefined,
  page: FailedOptions,
): Promise<readonly WithDates<FailedItem>[]> {
  const names = job === undefined ? host.jobs.map(({ job: one }) => one.name) : [job];
  const items: WithDates<FailedItem>[] = [];
  for (const name of names) items.push(...(await host.failedItems(name, page)));
  return items;
}

/** Returns a failed item as JSON. */
export function failedItemJson({ job, tick, item, error, failedAt }: WithDates<FailedItem>): object {
  return { job, tick: iso(tick), item, error, failedAt: iso(failedAt) };
}

/** The columns of failed items. */
export const failedItemColumns: readonly Column<WithDates<FailedItem>>[] = [
  { title: 'JOB', text: ({ job }) => job },
  { title: 'TICK', text: ({ tick }) => formatInstant(tick) },
  { title: 'ITEM', text: ({ item }) => item, long: true },
  { title: 'FAILED AT', text: ({ failedAt }) => formatInstant(failedAt) },
  { title: 'ERROR', text: ({ error }) => error, long: true },
];
