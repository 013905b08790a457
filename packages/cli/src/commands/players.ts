import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { withExamples } from '../arguments.ts';
import { addChanges } from './players-changes.ts';
import { addImport } from './players-import.ts';

/** `players`: imports, changes and erases players. */
export function addPlayers(program: Command, session: Session): void {
  const players = withExamples(
    program.command('players').description('the players: import them, change one, erase one'),
    'players import players.csv --dry-run',
    'players grant-lives 42 full --reason outage',
    'players import --help',
  );
  addImport(players, session);
  addChanges(players, session);
}
