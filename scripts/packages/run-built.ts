import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execute } from './execute.ts';
import type { PackedPackage } from './pack.ts';

/**
 * Gives an unpacked package the dependencies that it declares, and no others: an import that only works because the
 * workspace has more installed fails here.
 */
export function linkDependencies(
  { manifest, folder }: PackedPackage,
  root: string,
  nodeModules: string,
): void {
  const names = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  for (const name of names.filter((name) => !existsSync(join(nodeModules, name)))) {
    const own = join(folder, 'node_modules', name);
    const link = join(nodeModules, manifest.name, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(existsSync(own) ? own : join(root, 'node_modules', name), link, 'junction');
  }
}

/** Imports the built door as a user's program would, and counts what it exports. */
export async function countExports({ manifest }: PackedPackage, app: string): Promise<number> {
  const door = JSON.stringify(manifest.name);
  const program = `
    try {
      console.log(Object.keys(await import(${door})).length);
    } catch (error) {
      console.error(String(error));
      process.exitCode = 1;
    }`;
  return Number(await execute(process.execPath, ['--input-type=module', '--eval', program], app));
}
