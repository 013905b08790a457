import { type SetupFinding } from '@gamekeeper/core';
import { failedSetup } from '@gamekeeper/core/ports';
import { migrations } from '../migrations/index.ts';
import { grantsProblem, versionProblem, type SchemaSetup } from './schema-setup.ts';
import type { SchemaVersion } from './schema-version.ts';
import { quoted } from './sql.ts';

/**
 * Returns what opening would find out about a server, one finding for each possible problem.
 *
 * @param migrates whether opening would migrate
 */
export function setupFindings(setup: SchemaSetup, migrates: boolean): readonly SetupFinding[] {
  const { access, version } = setup;
  const as = `the database ${quoted(access.database)} as the role ${quoted(access.role)}`;
  const connection = found('connection', `PostgreSQL ${access.serverVersion}, ${as}`);
  const problem = versionProblem(setup, migrates);
  const schema = problem ? failedSetup('schema', problem) : version && schemaFinding(access.schema, version);
  return [connection, ...(schema ? [schema] : []), ...(access.owner === null ? [] : [grants(setup)])];
}

function grants(setup: SchemaSetup): SetupFinding {
  const problem = grantsProblem(setup);
  if (problem) return failedSetup('grants', problem);
  return found('grants', `The role ${quoted(setup.access.role)} has every privilege that a host needs`);
}

function schemaFinding(name: string, { pending, unknown }: SchemaVersion): SetupFinding {
  const schema = `The schema ${quoted(name)}`;
  if (pending.length > 0) {
    const text = `${schema} lacks ${pending.join(', ')}; the next start applies it`;
    return { ...found('schema', text), status: 'warning', fix: ['npx gamekeeper migrate'] };
  }
  if (unknown.length === 0) return found('schema', `${schema} is up to date (${migrations.at(-1)!.name})`);
  const newer = `was migrated by a newer Gamekeeper (${unknown.join(', ')}), and this version can use it`;
  return found('schema', `${schema} ${newer}`);
}

function found(subject: string, text: string): SetupFinding {
  return { subject, status: 'ok', text: `${text}.`, code: null, fix: [] };
}
