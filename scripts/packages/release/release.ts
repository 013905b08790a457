import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, publishedPackages, type PackedPackage } from '../pack.ts';
import { isReleased, releasedChangelog, unreleasedEntries } from './changelog.ts';
import { addressOf, atVersion, inOrder, withAddress, type Manifest } from './manifests.ts';
import { distributionTag, nextVersion } from './version.ts';

/** What a release is asked to do. */
export interface ReleaseOptions {
  /** The folder of the repository. */
  readonly root: string;
  /** A version, or `patch`, `minor`, `major`. */
  readonly wanted: string;
  /** Changes nothing: says what would change, and has npm look at the packages as they are built. */
  readonly dryRun: boolean;
  /** Publishes the packages of a release that was prepared before. Nothing else publishes. */
  readonly publish: boolean;
  /** The address of the repository; by default that of the root's package.json. */
  readonly repository?: string | undefined;
}

/** What a release works with. */
export interface ReleaseTools {
  readonly now: () => Date;
  readonly say: (line: string) => void;
  /** Runs a program in a folder and returns what it printed. Throws when it fails. */
  readonly run: (program: string, args: readonly string[], folder: string) => Promise<string>;
}

/** Prepares a release, or publishes the one that is prepared. Throws when something is in its way. */
export async function release(options: ReleaseOptions, tools: ReleaseTools): Promise<void> {
  const { root, wanted, dryRun, publish } = options;
  const workspace = readWorkspace(root);
  const version = nextVersion(workspace.version, wanted);
  const address = addressOf(workspace.manifest, options.repository);
  const problems = [
    ...((await isClean(root, tools))
      ? []
      : ['the working tree is not clean; commit or put away what has changed']),
    ...(publish ? unprepared(workspace, version) : unreleased(workspace)),
    ...(publish && address === undefined
      ? [
          'nobody has said where the sources are; set "repository" in the package.json of the root, or give --repository',
        ]
      : []),
  ];
  if (problems.length > 0 && !dryRun) throw new Error(`There is no release: ${problems.join('; ')}.`);
  for (const problem of problems) tools.say(`A release would stop here: ${problem}.`);

  if (dryRun) {
    for (const { manifest } of workspace.packages) {
      tools.say(`${manifest.name} ${manifest.version} → ${version}`);
    }
    return tryToPublish({ ...workspace, version, address }, tools);
  }
  if (!publish) write(workspace, version, tools);
  for (const script of ['build', 'check:packages']) {
    tools.say(`npm run ${script}`);
    await tools.run('npm', ['run', '--silent', script], root);
  }
  await tryToPublish({ ...workspace, version, address }, tools);
  if (publish) return publishAll({ ...workspace, version, address }, tools);
  tools.say(`Version ${version} is prepared. Look at it (git diff), then:
  git commit --all --message "Release ${version}" && git tag v${version}
  git push --follow-tags origin main v${version}`);
}

interface Workspace {
  readonly root: string;
  readonly manifest: Manifest;
  /** The one version of all packages. */
  readonly version: string;
  readonly packages: readonly { readonly manifest: Manifest; readonly folder: string }[];
  readonly changelog: string;
}

type Released = Workspace & { readonly address: string | undefined };

function readWorkspace(root: string): Workspace {
  const packages = publishedPackages(root);
  const versions = [...new Set(packages.map(({ manifest }) => manifest.version))];
  if (versions.length !== 1 || versions[0] === undefined) {
    throw new Error(`The packages have the versions ${versions.join(', ')}; they move together.`);
  }
  const manifest = readManifest(join(root, 'package.json'));
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
  return { root, manifest, version: versions[0], packages, changelog };
}

async function isClean(root: string, { run }: ReleaseTools): Promise<boolean> {
  return (await run('git', ['status', '--porcelain'], root)).trim() === '';
}

function unreleased({ changelog }: Workspace): readonly string[] {
  return unreleasedEntries(changelog) === '' ? ['CHANGELOG.md has nothing under "## Unreleased"'] : [];
}

function unprepared({ version: current, changelog }: Workspace, version: string): readonly string[] {
  return current === version && isReleased(changelog, version)
    ? []
    : [`version ${version} is not prepared; run this without --publish first, and commit what it writes`];
}

/** Writes the version into every package.json of the workspace, the changelog and the lock file. */
function write({ root, packages, changelog }: Workspace, version: string, { now }: ReleaseTools): void {
  const released = releasedChangelog(changelog, version, now());
  const together = new Set(packages.map(({ manifest }) => manifest.name));
  for (const file of globSync(['{packages,examples}/*/package.json', 'bench/package.json'], { cwd: root })) {
    writeManifest(join(root, file), atVersion(readManifest(join(root, file)), version, together));
  }
  const lock = join(root, 'package-lock.json');
  const { packages: locked, ...rest } = JSON.parse(readFileSync(lock, 'utf8')) as {
    packages: Record<string, Manifest>;
  };
  // What is installed from a registry is below node_modules and stays as it is.
  const moved = Object.entries(locked).map(([path, manifest]) => [
    path,
    path === '' || path.includes('node_modules') ? manifest : atVersion(manifest, version, together),
  ]);
  writeFileSync(
    lock,
    `${JSON.stringify({ ...rest, packages: Object.fromEntries(moved) as unknown }, null, 2)}\n`,
  );
  writeFileSync(join(root, 'CHANGELOG.md'), released);
}

/** Has npm do all of a publication but the last step, with each package as it would be. */
async function tryToPublish(released: Released, tools: ReleaseTools): Promise<void> {
  await staged(released, async (folder, { name }) => {
    await tools.run(
      'npm',
      ['publish', '--dry-run', '--tag', distributionTag(released.version), folder],
      folder,
    );
    tools.say(`ok    npm publish --dry-run ${name} ${released.version}`);
  });
}

/** Publishes each package after those that it depends on. What is published already is left out, so it can be repeated. */
async function publishAll(released: Released, tools: ReleaseTools): Promise<void> {
  const { version } = released;
  await staged(released, async (folder, { name }) => {
    const known = await tools.run('npm', ['view', `${name}@${version}`, 'version'], folder).catch(() => '');
    if (known.trim() === version) return tools.say(`kept  ${name} ${version}, which is published already`);
    await tools.run('npm', ['publish', '--tag', distributionTag(version), folder], folder);
    tools.say(`new   ${name} ${version}`);
  });
}

/** Unpacks each package aside, with version, ranges and address written into it, and hands the folder over. */
async function staged(
  { root, packages, version, address }: Released,
  use: (folder: string, manifest: Manifest) => Promise<void>,
): Promise<void> {
  const aside = mkdtempSync(join(tmpdir(), 'release-'));
  try {
    const together = new Set(packages.map(({ manifest }) => manifest.name));
    for (const source of inOrder(publishedPackages(root))) {
      const packed = await pack(source, { tarballs: aside, nodeModules: join(aside, 'packages') });
      assertBuilt(packed);
      const folder = join(aside, 'packages', source.manifest.name);
      const manifest = atVersion(readManifest(join(folder, 'package.json')), version, together);
      const directory = source.folder
        .slice(root.length)
        .replace(/^[\\/]/, '')
        .replaceAll('\\', '/');
      writeManifest(
        join(folder, 'package.json'),
        address === undefined ? manifest : withAddress(manifest, address, directory),
      );
      await use(folder, manifest);
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function assertBuilt({ manifest, files }: PackedPackage): void {
  if (files.includes('dist/index.js')) return;
  throw new Error(`${manifest.name} is not built; run npm run build first.`);
}

function readManifest(file: string): Manifest {
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

function writeManifest(file: string, manifest: Manifest): void {
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
