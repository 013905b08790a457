import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findServer } from '../test/servers/find-server.ts';
import { postgres } from '../test/servers/postgres.ts';
import { redis } from '../test/servers/redis.ts';
import { bundledServer } from './packages/bundled-server.ts';
import { everyDoor } from './packages/every-door.ts';
import { nestInJest } from './packages/nest-in-jest.ts';
import { execute } from './packages/execute.ts';
import { audit, checkAndRun, install, versionIn, type ForeignProject } from './packages/foreign-project.ts';
import { startRegistry } from './packages/local-registry.ts';
import { pack, publishedPackages, type PackedPackage } from './packages/pack.ts';
import { installedByName, newestOf, oldestOf, peerRanges, type Versions } from './packages/peers.ts';

// Installs the packed packages in projects of their own, as users do, and uses them there: the one package with the first
// example of the README, and all of them with the oldest and with the newest of what a backend shares with them. Needs a
// build and a registry.
const root = fileURLToPath(new URL('..', import.meta.url));
const aside = mkdtempSync(join(tmpdir(), 'installs-'));
const say = (line: string): void => console.log(line);

const packages = await Promise.all(
  publishedPackages(root).map((source) =>
    pack(source, { tarballs: aside, nodeModules: join(aside, 'unpacked') }),
  ),
);
const ranges = peerRanges(packages.map(({ manifest }) => manifest));
const registry = await startRegistry(packages);
const database = await findServer(postgres, process.env, say);
const cache = await findServer(redis, process.env, say);
const servers = {
  ...(database && { DATABASE_URL: database.url }),
  ...(cache && { REDIS_URL: cache.url }),
};

try {
  await attempt('gamekeeper alone', firstExample);
  await attempt('every door', (project) =>
    everyDoor(project, versionsOf('core', 'composition', 'testkit', 'scheduler-croner')),
  );
  await attempt('a server in one file', (project) =>
    bundledServer(
      project,
      {
        ...versionsOf('core', 'composition', 'scheduler-croner', 'adapters-postgres', 'adapters-redis'),
        ioredis: ranges['ioredis']!,
        '@mikro-orm/postgresql': ranges['@mikro-orm/postgresql']!,
      },
      servers,
    ),
  );
  await attempt('NestJS in Jest', (project) =>
    nestInJest(project, versionsOf('core', 'composition', 'nestjs', 'testkit', 'scheduler-croner')),
  );
  await attempt('the oldest peers', (project) => backend(project, oldestOf(ranges)));
  await attempt('the newest peers', async (project) =>
    backend(project, newestOf(ranges, await knownVersions())),
  );
} finally {
  await Promise.all([database?.stop(), cache?.stop()]);
  registry.close();
  rmSync(aside, { recursive: true, force: true });
}

async function attempt(
  name: string,
  use: (project: ForeignProject) => Promise<readonly string[]>,
): Promise<void> {
  const folder = join(aside, name.replaceAll(' ', '-'));
  mkdirSync(folder);
  try {
    const facts = await use({ folder, registry: registry.url, root });
    say(`ok    ${name}: ${facts.join(', ')}`);
  } catch (error) {
    say(`FAIL  ${name}\n      ${(error as Error).message.replaceAll('\n', '\n      ')}`);
    process.exitCode = 1;
  }
}

async function firstExample(project: ForeignProject): Promise<readonly string[]> {
  await install(project, { gamekeeper: `file:${tarballOf('gamekeeper')}` });
  const [, example = ''] =
    /^```ts\n(import [^`]*? from 'gamekeeper';\n.*?)^```$/ms.exec(
      readFileSync(join(root, 'README.md'), 'utf8'),
    ) ?? [];
  if (example === '') throw new Error('README.md has no example that imports from gamekeeper.');
  const program = join(project.folder, 'example.ts');
  writeFileSync(program, `${example}\nawait host.stop();\n`);
  await checkAndRun(project, program);
  const help = await execute('npx', ['--no-install', 'gamekeeper', '--help'], project.folder);
  if (!help.startsWith('Usage: gamekeeper')) throw new Error(`npx gamekeeper --help says: ${help}`);
  const weaknesses = await audit(project);
  if (typeof weaknesses !== 'string')
    throw new Error(`npm audit knows weaknesses of ${weaknesses.join(', ')}`);
  return ['the example of the README runs', 'npx gamekeeper runs', await audited(project)];
}

async function backend(project: ForeignProject, peers: Versions): Promise<readonly string[]> {
  const ours = packages
    .filter(({ manifest }) => manifest.name !== 'gamekeeper')
    .map(({ manifest }) => [manifest.name, manifest.version] as const);
  await install(project, { ...Object.fromEntries(ours), ...installedByName(peers) });
  const others = Object.keys(installedByName(peers)).filter(
    (name) => versionIn(project, name) !== peers[name],
  );
  if (others.length > 0) throw new Error(`npm has installed other versions of ${others.join(', ')}`);
  const ran: string[] = [];
  for (const program of ['backend.ts', 'mail.ts', 'frameworks.ts']) {
    ran.push(...(await checkAndRun(project, join(root, 'scripts/packages/foreign', program), servers)));
  }
  return [
    Object.keys(peers)
      .map((name) => `${name} ${versionIn(project, name)}`)
      .join(' '),
    ...ran,
  ];
}

async function audited(project: ForeignProject): Promise<string> {
  const weaknesses = await audit(project);
  if (weaknesses === 'no answer') return 'NOT AUDITED: the registry did not answer npm audit';
  if (weaknesses === 'clean') return 'npm audit is clean';
  throw new Error(`npm audit knows weaknesses of ${weaknesses.join(', ')}`);
}

/** Every version within the ranges that the registry knows. */
async function knownVersions(): Promise<Readonly<Record<string, readonly string[]>>> {
  const known = Object.entries(ranges).map(async ([name, range]) => {
    const output = await execute('npm', ['view', `${name}@${range}`, 'version', '--json'], aside);
    return [name, [JSON.parse(output) as string | readonly string[]].flat()] as const;
  });
  return Object.fromEntries(await Promise.all(known));
}

/** Returns packages of ours and what the container needs, to install. */
function versionsOf(...names: readonly string[]): Versions {
  const ours = names.map((name) => [`@gamekeeper/${name}`, packages[0]!.manifest.version] as const);
  const { inversify, 'reflect-metadata': metadata } = ranges;
  return { ...Object.fromEntries(ours), inversify: inversify!, 'reflect-metadata': metadata! };
}

function tarballOf(name: string): string {
  const found: PackedPackage | undefined = packages.find(({ manifest }) => manifest.name === name);
  if (!found) throw new Error(`There is no package ${name}.`);
  return found.tarball;
}
