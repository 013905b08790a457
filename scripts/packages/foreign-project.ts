import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execute } from './execute.ts';
import type { Versions } from './peers.ts';

/** A project outside of the repository, with nothing but what is installed in it. */
export interface ForeignProject {
  readonly folder: string;
  /** Where the registry of our own packages is. */
  readonly registry: string;
  /** The repository, for its compiler. */
  readonly root: string;
}

const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];

/** Installs packages as a user does: versions, ranges or paths of tarballs, by name. */
export async function install(
  { folder, registry }: ForeignProject,
  packages: Versions,
  type: 'module' | 'commonjs' = 'module',
): Promise<void> {
  writeFileSync(join(folder, '.npmrc'), `@gamekeeper:registry=${registry}\n`);
  const manifest = { name: 'foreign', private: true, type, dependencies: packages };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  await execute('npm', ['install', ...quiet], folder);
}

/** Returns the version of a package that the project got, or `undefined`. */
export function versionIn({ folder }: ForeignProject, name: string): string | undefined {
  try {
    const text = readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(text) as { readonly version: string }).version;
  } catch {
    return undefined;
  }
}

/** Checks the types of a program and runs it. Returns the lines that it printed; throws what was wrong. */
export async function checkAndRun(
  { folder, root }: ForeignProject,
  program: string,
  servers: Versions = {},
): Promise<readonly string[]> {
  const file = basename(program);
  if (program !== join(folder, file)) copyFileSync(program, join(folder, file));
  const compilerOptions = {
    target: 'es2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    // The types of others are their own affair.
    skipLibCheck: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: [file] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  await execute(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], folder);
  const settings = Object.entries(servers).map(([name, value]) => `${name}=${value}`);
  const output = await execute('env', [...settings, process.execPath, file], folder);
  return output.split('\n').filter((line) => line !== '');
}

/** What `npm audit` says of the project: the weaknesses it knows, or that it could not ask. */
export async function audit({ folder }: ForeignProject): Promise<'clean' | 'no answer' | readonly string[]> {
  // It ends with 1 when it found something, and also when nobody answered.
  const output = await execute('npm', ['audit', '--omit=dev', '--json'], folder).catch(
    (error: unknown) => (error as Error).message,
  );
  const report = parsed(output);
  if (!report?.vulnerabilities) return 'no answer';
  const found = Object.values(report.vulnerabilities).map(({ name, severity }) => `${name} (${severity})`);
  return found.length === 0 ? 'clean' : found;
}

interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, { readonly name: string; readonly severity: string }>>;
}

function parsed(output: string): AuditReport | undefined {
  try {
    return JSON.parse(output.slice(output.indexOf('{'), output.lastIndexOf('}') + 1)) as AuditReport;
  } catch {
    return undefined;
  }
}
