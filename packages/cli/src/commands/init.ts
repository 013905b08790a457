import type { Command } from 'commander';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { withExamples } from '../arguments.ts';
import { configNames } from '../config/find-config.ts';
import { configTemplate } from '../config/template.ts';
import { UsageError } from '../errors.ts';
import type { Session } from '../session.ts';

/** The packages that the template with several imports needs. */
const several = [
  '@gamekeeper/cli',
  '@gamekeeper/core',
  '@gamekeeper/composition',
  '@gamekeeper/scheduler-croner',
  '@gamekeeper/adapters-postgres',
  '@mikro-orm/postgresql',
];

/** `init`: writes a first configuration. */
export function addInit(program: Command, session: Session): void {
  const command = program
    .command('init')
    .description('writes a gamekeeper.config file with comments into this folder')
    .option('--force', 'overwrites an existing file')
    .action((options: { readonly force?: boolean }) => init(session, options));
  withExamples(command, 'init', 'init --force');
}

async function init(session: Session, { force = false }: { readonly force?: boolean }): Promise<void> {
  const { cwd } = session;
  const there = configNames.find((name) => existsSync(join(cwd, name)));
  if (there !== undefined && !force) throw new UsageError(`${there} exists; add --force to overwrite it.`);
  const file = there ?? `gamekeeper.config.${fileExtension(cwd)}`;
  // A project that installed the packages one by one keeps them.
  const bySeveral = isInstalled('@gamekeeper/cli', cwd) && !isInstalled('gamekeeper', cwd);
  await writeFile(join(cwd, file), configTemplate(bySeveral ? 'several packages' : 'one package'));
  const needed = bySeveral ? several : ['gamekeeper'];
  const missing = needed.filter((name) => !isInstalled(name, cwd));
  session.show({ file: join(cwd, file), missing }, (terminal) => {
    terminal.print(`wrote ${file}`);
    if (missing.length > 0) terminal.print(`install the packages:  npm install ${missing.join(' ')}`);
    terminal.print('then check it:         npx gamekeeper migrate && npx gamekeeper check');
  });
}

/** Returns `ts` or `js` where Node treats it as a module in this project, otherwise `mts` or `mjs`. */
function fileExtension(cwd: string): string {
  const types = process.features.typescript !== false;
  if (isModule(cwd)) return types ? 'ts' : 'js';
  return types ? 'mts' : 'mjs';
}

function isModule(cwd: string): boolean {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { type } = JSON.parse(readFileSync(manifest, 'utf8')) as { readonly type?: string };
      return type === 'module';
    }
    if (dirname(folder) === folder) return false;
  }
}

function isInstalled(name: string, cwd: string): boolean {
  try {
    createRequire(join(cwd, 'gamekeeper.config.js')).resolve(`${name}/package.json`);
    return true;
  } catch {
    return false;
  }
}
