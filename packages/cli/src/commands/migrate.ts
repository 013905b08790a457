import { hasCode, type SchemaOutdatedError } from '@gamekeeper/core';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';

/** `migrate`: the store's schema brought up to date. */
export function addMigrate(program: Command, session: Session): void {
  const command = program
    .command('migrate')
    .description('brings the schema up to date; safe beside running hosts, and to run twice')
    .option('--check', 'only says what is pending; ends with 3 where something is')
    .action(async ({ check = false }: { readonly check?: boolean }) => {
      const pending = check ? await session.withHost(async () => []) : await pendingMigrations(session);
      if (pending.length > 0) await session.withHost(async () => undefined, { migrate: true });
      session.show({ ran: pending }, (terminal) =>
        terminal.print(pending.length === 0 ? 'the schema is up to date' : `ran ${pending.join(', ')}`),
      );
    });
  withExamples(command, 'migrate', 'migrate --check');
}

/** The migrations that have not run: opening without leave to migrate names them. */
async function pendingMigrations(session: Session): Promise<readonly string[]> {
  try {
    await session.withHost(async () => undefined);
    return [];
  } catch (error) {
    if (!hasCode(error, 'SCHEMA_OUTDATED')) throw error;
    return (error as SchemaOutdatedError).pending;
  }
}
