import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from './execute.ts';
import { install, type ForeignProject } from './foreign-project.ts';
import type { Versions } from './peers.ts';

const program = `import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost } from '@gamekeeper/composition';
import { userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';

const { DATABASE_URL = '', REDIS_URL, SCHEMA = '' } = process.env;

async function main(): Promise<boolean> {
  const host = createJobHost({
    modules: [
      postgresAdapters({ url: DATABASE_URL, schema: SCHEMA }),
      ...(REDIS_URL ? [redisConnection({ url: REDIS_URL, keyPrefix: SCHEMA }), redisLeaderboards()] : []),
      cronerScheduler(),
    ],
  });
  await host.start();
  const started = await host.gameplay.startQuiz({ userId: userId('ada') });
  const completed = started.ok && (await host.gameplay.completeQuiz({ sessionId: started.session.id, xp: 10 }));
  const { standings } = await host.leaderboards.top('weekly');
  await host.stop();
  return completed && completed.ok && standings.length === 1;
}
main().then((ok) => console.log(ok ? 'played' : 'refused'), (error) => console.log(error));
`;

const formats = { cjs: 'server.cjs', esm: 'server.mjs' } as const;

/**
 * Bundles a backend with the adapters of PostgreSQL and Redis by the commands of the documentation, and runs each bundle
 * where nothing is installed. The embedded database is not installed either, and needs no mention.
 */
export async function bundledServer(
  project: ForeignProject,
  packages: Versions,
  servers: Versions,
): Promise<readonly string[]> {
  const { folder, root } = project;
  await install(project, { ...packages, esbuild: '^0.28.0' });
  writeFileSync(join(folder, 'server.ts'), program);
  const page = readFileSync(join(root, 'docs/run-it-in-your-backend.md'), 'utf8');
  const ran: string[] = [];
  for (const [format, file] of Object.entries(formats)) {
    const [command] = page.match(new RegExp(`^npx esbuild .*--outfile=${file}\\b.*$`, 'm')) ?? [];
    if (!command) throw new Error(`docs/run-it-in-your-backend.md has no command that writes ${file}.`);
    await execute('sh', ['-c', command.replace('npx ', 'node_modules/.bin/')], folder);
    if (servers['DATABASE_URL'] === undefined) continue;
    const schema = `bundled_${format}_${process.pid}`;
    try {
      const output = await runAlone(join(folder, file), file, { ...servers, SCHEMA: schema });
      if (!output.endsWith('played')) throw new Error(`${file} printed ${output}`);
      ran.push(`${format} ran alone`);
    } finally {
      await dropSchema(folder, servers['DATABASE_URL'], schema);
    }
  }
  return ['bundled by esbuild without externals', ...ran];
}

async function dropSchema(folder: string, url: string, schema: string): Promise<void> {
  const drop = `const { Client } = require('pg');
    const client = new Client(${JSON.stringify(url)});
    client.connect()
      .then(() => client.query('drop schema if exists "${schema}" cascade'))
      .then(() => client.end());`;
  await execute(process.execPath, ['--input-type=commonjs', '--eval', drop], folder);
}

async function runAlone(bundle: string, file: string, environment: Versions): Promise<string> {
  const alone = mkdtempSync(join(tmpdir(), 'bundle-'));
  try {
    copyFileSync(bundle, join(alone, file));
    const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    return (await execute('env', [...settings, process.execPath, file], alone)).trim();
  } finally {
    rmSync(alone, { recursive: true });
  }
}
