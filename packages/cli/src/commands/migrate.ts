import { hasCode, type SchemaOutdatedError } from '@gamekeeper/core';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';

/** `migrate`: migrates the store's schema. */
export function addMigrate(program: Command, session: Session): void {
  const command = program
    .command('migrate')
    .description('migrates the schema; safe while hosts run, and safe to repeat')
    .option('--check', 'only lists pending migrations; exits with 3 if there are any')
    .action(async ({ check = false }: { readonly check?: boolean }) => {
      const pending = check ? await session.withHost(async () => []) : await pendingMigrations(session);
      if (pending.length > 0) await session.withHost(async () => undefined, { migrate: true });
      session.show({ ran: pending }, (terminal) =>
        terminal.print(pending.length === 0 ? 'the schema is up to date' : `ran ${pending.join(', ')}`),
      );
    });
  withExamples(command, 'migrate', 'migrate --check');
}

/** Returns the pending migrations: opening without permission to migrate reports them in its error. */
async function pendingMigrations(session: Session): Promise<readonly string[]> {
  try {
    await session.withHost(async () => undefined);
    return [];
  } catch (error) {
    if (!hasCode(error, 'SCHEMA_OUTDATED')) throw error;
    return (error as SchemaOutdatedError).pending;
  }
}
