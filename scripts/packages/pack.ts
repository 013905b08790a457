import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execute } from './execute.ts';

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly keywords?: readonly string[];
  readonly exports?: Exports;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly publishConfig?: { readonly access?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, unknown>>;
}

export type Exports = string | { readonly [key: string]: Exports };

/** A package as the registry would get it. */
export interface PackedPackage {
  readonly manifest: Manifest;
  /** Where its sources are. */
  readonly folder: string;
  /** Where it is unpacked. */
  readonly installed: string;
  readonly tarball: string;
  /** The paths in the tarball. */
  readonly files: readonly string[];
}

/** Every package of the workspace that is published. */
export function publishedPackages(root: string): readonly { manifest: Manifest; folder: string }[] {
  return globSync('packages/*/package.json', { cwd: root })
    .sort()
    .map((file) => ({
      manifest: JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest,
      folder: join(root, dirname(file)),
    }))
    .filter(({ manifest }) => !manifest.private);
}

/** Packs a package and unpacks it again where a user would have it installed. */
export async function pack(
  { manifest, folder }: { manifest: Manifest; folder: string },
  destinations: { readonly tarballs: string; readonly nodeModules: string },
): Promise<PackedPackage> {
  const { tarballs, nodeModules } = destinations;
  const output = await execute('npm', ['pack', '--json', '--pack-destination', tarballs], folder);
  const [packed] = Object.values(JSON.parse(output) as Record<string, NpmPacked>);
  if (!packed) throw new Error(`npm packed nothing: ${output}`);
  const tarball = join(tarballs, packed.filename);
  const installed = join(nodeModules, manifest.name);
  mkdirSync(installed, { recursive: true });
  await execute('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed], tarballs);
  return { manifest, folder, installed, tarball, files: packed.files.map(({ path }) => path) };
}

interface NpmPacked {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}
