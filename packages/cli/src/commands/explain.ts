import { explanationText, userId, type Explanation, type Instant, type WithDates } from '@gamekeeper/core';
import { Option, type Command } from 'commander';
import { readInstant, readNumber, withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import { formatInstant, oneLine } from '../terminal/format.ts';

interface ExplainOptions {
  readonly before?: Instant;
  readonly beforeId?: string;
  readonly limit: number;
}

/** `explain`: shows what jobs and calls did to a player. */
export function addExplain(program: Command, session: Session): void {
  const command = program
    .command('explain')
    .description('shows what jobs and calls did to a player, newest first, and why')
    .argument('<player>', 'the id of the player')
    .option('--before <instant>', 'only entries before this instant', readInstant)
    .option('--before-id <id>', 'with --before: of that instant, only entries after the one with this id')
    .addOption(
      new Option('-n, --limit <number>', 'maximum number of entries')
        .argParser(readNumber(1, 1_000))
        .default(20),
    )
    .action((player: string, { before, beforeId, limit }: ExplainOptions) =>
      session.withHost(async (host) => {
        const at = before === undefined || beforeId === undefined ? before : { at: before, id: beforeId };
        const entries = await host.explain(userId(player), {
          limit,
          ...(at !== undefined && { before: at }),
        });
        session.show({ player, entries: entries.map(json) }, (terminal) => {
          if (entries.length === 0) return terminal.print(`nothing is known about player ${player}`);
          for (const entry of entries)
            terminal.print(
              `${formatInstant(entry.at)}  ${entry.source}\n  ${oneLine(explanationText(entry))}`,
            );
        });
      }),
    );
  withExamples(
    command,
    'explain 42',
    'explain 42 --limit 100 --json',
    'explain 42 --before 2026-11-24T00:00:00Z',
  );
}

function json(entry: WithDates<Explanation>): object {
  return { ...entry, text: explanationText(entry) };
}
