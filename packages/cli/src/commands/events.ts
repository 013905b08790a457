import { iso, type OutboxEntry, type WithDates } from '@gamekeeper/core';
import type { Command } from 'commander';
import { limitOption, withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import { formatInstant } from '../terminal/format.ts';
import { waiting } from './status.ts';

/** `events`: shows the outbox. */
export function addEvents(program: Command, session: Session): void {
  const command = program
    .command('events')
    .description('shows the outbox: how many events wait, for how long, and the newest events')
    .option('--before <id>', 'only events before the one with this id')
    .addOption(limitOption(10, 'events'))
    .action(({ before, limit }: { readonly before?: string; readonly limit: number }) =>
      session.withHost(async (host) => {
        const lag = await host.outboxLag();
        const events = await host.events({ limit, ...(before !== undefined && { before }) });
        session.show({ ...lag, events: events.map(json) }, (terminal) => {
          terminal.print(waiting(lag));
          if (events.length === 0) return;
          terminal.print('');
          terminal.table(columns, events);
        });
      }),
    );
  withExamples(command, 'events', 'events --limit 50 --json', 'events --before 120034');
}

function json({ id, key, type, payload, occurredAt, deliveredAt }: WithDates<OutboxEntry>): object {
  return {
    id,
    type,
    key,
    occurredAt: iso(occurredAt),
    deliveredAt: deliveredAt === null ? null : iso(deliveredAt),
    payload,
  };
}

const columns: readonly Column<WithDates<OutboxEntry>>[] = [
  { title: 'ID', text: ({ id }) => id, align: 'right' },
  { title: 'TYPE', text: ({ type }) => type },
  { title: 'KEY', text: ({ key }) => key, long: true },
  { title: 'OCCURRED AT', text: ({ occurredAt }) => formatInstant(occurredAt) },
  {
    title: 'DELIVERED',
    text: ({ deliveredAt }) => (deliveredAt === null ? 'waits' : formatInstant(deliveredAt)),
  },
];
