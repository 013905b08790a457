import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { addImport } from './players-import.ts';

/** `players`: brings players. */
export function addPlayers(program: Command, session: Session): void {
  const players = program.command('players').description('the players: import them from another system');
  addImport(players, session);
}
