import { readWithLockRetry, migrate, type MigrateOptions } from './migrate.ts';
import type { OwnOrm } from './open-orm.ts';
import { readSetup, setupProblem } from './schema-setup.ts';

/**
 * Makes sure that a host can use a schema: no newer version has made it unusable, no migration is missing or it may be
 * applied, and the role has its privileges. Migrates if needed.
 *
 * @throws {SchemaTooNewError} {@link SchemaOutdatedError} {@link GrantsMissingError} {@link MigrationTimeoutError}
 */
export async function prepareSchema(
  orm: OwnOrm,
  { migrates, ...options }: MigrateOptions & { readonly migrates: boolean },
): Promise<void> {
  const setup = await readWithLockRetry(orm, options, (tx) => readSetup(tx, options.schema));
  const problem = setupProblem(setup, migrates);
  if (problem) throw problem;
  if (setup.version?.pending.length !== 0) await migrate(orm, options);
}
