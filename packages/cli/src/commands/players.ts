import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { addChanges } from './players-changes.ts';
import { addImport } from './players-import.ts';

/** `players`: imports, changes and erases players. */
export function addPlayers(program: Command, session: Session): void {
  const players = program.command('players').description('the players: import them, change one, erase one');
  addImport(players, session);
  addChanges(players, session);
}
