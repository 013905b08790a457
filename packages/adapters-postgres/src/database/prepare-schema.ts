import { readWithLockRetry, migrate, type MigrateOptions } from './migrate.ts';
import type { OwnOrm } from './open-orm.ts';
import { readSetup, setupProblem } from './schema-setup.ts';

/**
 * Sees to it that a host can work on a schema: that no newer version has made it unusable, that nothing is missing or
 * may be made, and that the role has its rights. Migrates where that is needed.
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
