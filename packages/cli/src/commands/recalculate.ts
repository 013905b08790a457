import type { Drift } from '@gamekeeper/core/ports';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import { formatCount } from '../terminal/format.ts';

interface Recalculated {
  readonly board: string;
  readonly drift: Drift;
}

/** `recalculate`: repairs the cached leaderboards. */
export function addRecalculate(program: Command, session: Session): void {
  const command = program
    .command('recalculate')
    .description('makes the cached leaderboards equal to the database, and reports what was wrong')
    .argument('[board...]', 'the keys of boards (default: all)')
    .option('--full', 'rebuilds them, whatever they contain')
    .action((boards: readonly string[], { full = false }: { readonly full?: boolean }) =>
      session.withHost(async (host) => {
        const keys = boards.length > 0 ? boards : host.leaderboards.boards.map(({ key }) => key);
        const done: Recalculated[] = [];
        for (const board of keys) {
          if (session.signal.aborted) break;
          done.push({ board, drift: await host.leaderboards.recalculate(board, { full }) });
        }
        session.show({ full, boards: done.map(({ board, drift }) => ({ board, ...drift })) }, (terminal) =>
          terminal.table(columns, done),
        );
      }),
    );
  withExamples(command, 'recalculate', 'recalculate weekly --full');
}

const columns: readonly Column<Recalculated>[] = [
  { title: 'BOARD', text: ({ board }) => board },
  ...(['missing', 'extra', 'wrongScore', 'misplaced', 'renamed'] as const).map(
    (name): Column<Recalculated> => ({
      title: name.replace('S', ' s').toUpperCase(),
      text: ({ drift }) => formatCount(drift[name]),
      align: 'right',
    }),
  ),
];
