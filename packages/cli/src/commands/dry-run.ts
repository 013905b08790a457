import { iso, type DomainEvent, type DryRunReport, type Instant, type WithDates } from '@gamekeeper/core';
import type { Command } from 'commander';
import { readInstant, readNumber, withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatQuantity, formatInstant } from '../terminal/format.ts';

const MAX_SHOWN = 20;

/** `dry-run`: shows what a run would change. */
export function addDryRun(program: Command, session: Session): void {
  const command = program
    .command('dry-run')
    .description(
      'shows what the run of a tick would change, without changing it; locks the affected rows meanwhile',
    )
    .argument('<job>', 'the name of a job')
    .option(
      '--tick <instant>',
      'an instant of its schedule, may be in the future (default: the newest)',
      readInstant,
    )
    .option('-n, --limit <number>', 'approximate number of items to try', readNumber(1, 100_000), 1_000)
    .action((job: string, options: { readonly tick?: Instant; readonly limit: number }) =>
      session.withHost(async (host) => {
        const tried = await host.dryRun(job, options);
        session.show(json(tried), (terminal) => print(terminal, tried));
      }),
    );
  withExamples(command, 'dry-run streak-update', 'dry-run streak-update --tick 2026-12-01T00:00:00Z --json');
}

function json({ job, tick, processed, complete, events }: WithDates<DryRunReport>): object {
  return {
    job,
    tick: iso(tick),
    processed,
    complete,
    events: events.map(({ occurredAt, ...event }) => ({ ...event, occurredAt: iso(occurredAt) })),
  };
}

function print(
  terminal: Terminal,
  { job, tick, processed, complete, events }: WithDates<DryRunReport>,
): void {
  const more = complete ? '' : ', and there is more (raise --limit)';
  terminal.print(
    `${job} at ${formatInstant(tick)} would change ${formatQuantity(processed, 'item')} and write ${formatQuantity(events.length, 'event')}${more}`,
  );
  if (events.length === 0) return;
  terminal.print('');
  terminal.table(columns, events.slice(0, MAX_SHOWN));
  if (events.length > MAX_SHOWN)
    terminal.print(`… and ${formatQuantity(events.length - MAX_SHOWN, 'event')} more`);
}

const columns: readonly Column<WithDates<DomainEvent>>[] = [
  { title: 'TYPE', text: ({ type }) => type },
  { title: 'KEY', text: ({ key }) => key, long: true },
];
