import type { JobHost } from '@gamekeeper/composition';
import {
  InvalidOptionError,
  iso,
  type ImportDryRun,
  type ImportProgress,
  type PlayerSource,
  type TriedTick,
  type WithDates,
} from '@gamekeeper/core';
import { assertPlayerColumns, playerOfColumns } from '@gamekeeper/core/game';
import type { Command } from 'commander';
import { resolve } from 'node:path';
import {
  openOptionsFor,
  readInstant,
  readNumber,
  registerOption,
  withExamples,
  type RegisterOption,
} from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { readCsv, type CsvRow } from '../import/csv.ts';
import type { Session } from '../session.ts';
import { formatCount, formatInstant, formatQuantity } from '../terminal/format.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface ImportCommand extends RegisterOption {
  readonly select?: string;
  readonly dryRun?: boolean;
  readonly ticks: number;
}

/** `players import` and `players import-period`: bring players and past boards. */
export function addImport(players: Command, session: Session): void {
  const command = players
    .command('import')
    .description('imports players with their history; players whom the game knows already stay as they are')
    .argument(
      '[file]',
      'a CSV file with a header: user_id, username, xp, current_streak, … (docs/bring-your-players.md)',
    )
    .option('--select <sql>', 'a SQL select with the same columns, instead of a file')
    .option('--dry-run', 'changes nothing; shows what would be imported, and what the next ticks would do')
    .option('--ticks <number>', 'with --dry-run: how many ticks of each job to try', readNumber(1, 100), 3)
    .addOption(registerOption())
    .action((file: string | undefined, options: ImportCommand) => importPlayers(session, file, options));
  withExamples(
    command,
    'players import players.csv --dry-run',
    'players import players.csv --yes',
    "players import --select 'select id as user_id, name as username from app.users'",
  );
  const period = players
    .command('import-period')
    .description('imports the final standings of a period that has ended, for the archive')
    .argument('<board>', 'the key of a board with periods')
    .argument('<instant>', 'any instant of the period', readInstant)
    .argument('<file>', 'a CSV file with a header: user_id, username, score, last_xp_at')
    .action((board: string, at: number, file: string) => importPeriod(session, board, at, file));
  withExamples(period, 'players import-period weekly 2026-11-17T00:00:00Z week-47.csv');
}

async function importPlayers(
  session: Session,
  file: string | undefined,
  options: ImportCommand,
): Promise<void> {
  const { select, dryRun = false, ticks, register } = options;
  if ((file === undefined) === (select === undefined))
    throw new UsageError('Name a CSV file, or set --select: one of them.');
  await session.withHost(async (host) => {
    const source: PlayerSource = select === undefined ? playersIn(session, file!, host) : { select };
    if (dryRun) {
      const tried = await atRow(file, () => host.players.dryRunImport(source, { ticks }));
      session.show(dryRunJson(tried), (terminal) => printDryRun(terminal, tried));
      return;
    }
    await session.confirm(
      `Players from ${file ?? 'the select'} will be imported; --dry-run shows what that does.`,
    );
    const onProgress = ({ read }: ImportProgress): void =>
      session.terminal.note(`${formatQuantity(read, 'player')} read`);
    const done = await atRow(file, () => host.players.import(source, { onProgress }));
    session.show(done, (terminal) => terminal.print(sentence(done, 'imported')));
  }, openOptionsFor(register));
}

async function* playersIn({ cwd }: Session, file: string, { leaderboards: { boards } }: JobHost) {
  for await (const rows of readCsv(resolve(cwd, file), (columns) =>
    assertPlayerColumns(file, columns, boards),
  ))
    yield rows.map((row) => playerOfColumns(row, boards));
}

async function importPeriod(session: Session, board: string, at: number, file: string): Promise<void> {
  await session.withHost(async (host) => {
    const standings: object[] = [];
    const known = ['user_id', 'username', 'score', 'last_xp_at'];
    for await (const rows of readCsv(resolve(session.cwd, file), (columns) =>
      assertColumns(file, columns, known),
    ))
      standings.push(...rows.map(standingOf));
    await session.confirm(
      `${formatQuantity(standings.length, 'player')} will be archived in the period of ${board} at ${formatInstant(at)}; the archive never changes.`,
    );
    const history = { board, at, standings } as unknown as Parameters<typeof host.players.importPeriod>[0];
    const imported = await host.players.importPeriod(history);
    session.show({ board, imported, players: standings.length }, (terminal) =>
      terminal.print(
        imported
          ? `archived: ${formatQuantity(standings.length, 'player')}`
          : 'the period is stored already, nothing to do',
      ),
    );
  });
}

function standingOf({ user_id: userId, username, score, last_xp_at: lastXpAt }: CsvRow): object {
  return { userId, username, score: Number(score), ...(lastXpAt && { lastXpAt }) };
}

function assertColumns(file: string, columns: readonly string[], known: readonly string[]): void {
  const wrong = columns.find((name) => !known.includes(name));
  const missing = known.slice(0, 3).find((name) => !columns.includes(name));
  if (wrong !== undefined)
    throw new UsageError(`${file} has an unknown column ${wrong}; known columns are ${known.join(', ')}.`);
  if (missing !== undefined) throw new UsageError(`${file} has no column ${missing}.`);
}

/** Names the row of the file in place of the position among all players. */
async function atRow<Result>(file: string | undefined, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const position =
      error instanceof InvalidOptionError ? /^players\[(\d+)\]/.exec(error.option)?.[1] : undefined;
    if (file === undefined || position === undefined) throw error;
    const place = `${file}, row ${Number(position) + 1} after the header`;
    throw new UsageError(`${place}: ${(error as Error).message.replace(`players[${position}].`, '')}`, {
      cause: error,
    });
  }
}

function sentence({ read, imported, known }: ImportProgress, verb: string): string {
  const rest = known === 0 ? '' : `, ${formatCount(known)} known already`;
  return `${formatQuantity(read, 'player')} read, ${formatCount(imported)} ${verb}${rest}`;
}

function dryRunJson({ ticks, ...progress }: WithDates<ImportDryRun>): object {
  return { ...progress, ticks: ticks.map(({ tick, ...rest }) => ({ ...rest, tick: iso(tick) })) };
}

function printDryRun(terminal: Terminal, tried: WithDates<ImportDryRun>): void {
  terminal.print(`${sentence(tried, 'would be imported')}. The next ticks would then do to them:\n`);
  terminal.table(columns, tried.ticks);
}

const columns: readonly Column<WithDates<TriedTick>>[] = [
  { title: 'TICK', text: ({ tick }) => formatInstant(tick) },
  { title: 'JOB', text: ({ job }) => job },
  { title: 'CHANGED', text: ({ changed }) => formatCount(changed), align: 'right' },
  {
    title: 'EVENTS',
    text: ({ events }) =>
      Object.entries(events)
        .map(([type, count]) => `${formatCount(count)} ${type}`)
        .join(', ') || '-',
    long: true,
  },
];
