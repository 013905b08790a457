import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One entry of a package's `exports`: what is imported from there. */
export interface Door {
  /** As it is imported: `@gamekeeper/core/ports`. */
  readonly specifier: string;
  /** Exported names, sorted; those of types begin with `type `. */
  readonly names: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/**
 * Reads the doors of all packages that are published.
 *
 * @throws {Error} for a door with `export *`, which would let names out that nobody has decided on
 */
export async function readDoors(root: string): Promise<readonly Door[]> {
  const doors: Door[] = [];
  for await (const manifest of glob('packages/*/package.json', { cwd: root })) {
    const { name, exports = {} } = JSON.parse(await readFile(join(root, manifest), 'utf8')) as Manifest;
    for (const [path, target] of Object.entries(exports)) {
      if (typeof target === 'string') continue;
      const source = await readFile(join(root, manifest, '..', target['@gamekeeper/source']!), 'utf8');
      const specifier = path === '.' ? name : `${name}/${path.slice(2)}`;
      doors.push({ specifier, names: namesOf(specifier, source) });
    }
  }
  return doors.sort((a, b) => (a.specifier < b.specifier ? -1 : 1));
}

/** A door's file holds nothing but lists of names, each with the file that it comes from. */
function namesOf(specifier: string, source: string): readonly string[] {
  if (/^export (type )?\*/m.test(source)) throw new Error(`${specifier} exports *; list the names instead`);
  return [...source.matchAll(/^export (type )?\{([^}]*)\}/gm)]
    .flatMap(([, ofTypes, list]) =>
      list!
        .split(',')
        .map((item) => item.trim().replace(/^.* as /, (text) => (text.startsWith('type ') ? 'type ' : '')))
        .filter((item) => item !== '')
        .map((item) => (ofTypes && !item.startsWith('type ') ? `type ${item}` : item)),
    )
    .sort((a, b) => (bare(a) < bare(b) ? -1 : 1));
}

/** The name without `type `. */
export function bare(name: string): string {
  return name.replace(/^type /, '');
}
