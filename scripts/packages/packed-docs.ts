import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** A link to a file of ours: its path and its place on the page. Addresses and places of the same page are none. */
const LINK = /(?<=\]\()(?![a-z]+:)([^)#\s]+)((?:#[^)\s]*)?)(?=\))/g;

/**
 * Writes the documentation into a package: README.md and all that can be reached from it by links. In the package
 * everything is below `docs`, so links are written anew.
 *
 * @returns the paths of the files, from `docs`
 * @throws {Error} for a link that leads nowhere
 */
export function writeDocs(root: string, folder: string): readonly string[] {
  const docs = join(folder, 'docs');
  rmSync(docs, { recursive: true, force: true });
  const sources = new Map<string, string>();
  const waiting = ['README.md'];
  for (const source of waiting) {
    const packed = packedPath(source);
    if (sources.has(packed)) throw new Error(`${source} and ${sources.get(packed)} are both ${packed}.`);
    sources.set(packed, source);
    mkdirSync(join(docs, dirname(packed)), { recursive: true });
    if (!source.endsWith('.md')) {
      cpSync(join(root, source), join(docs, packed));
      continue;
    }
    const page = readFileSync(join(root, source), 'utf8').replace(
      LINK,
      (_, target: string, place: string) => {
        const linked = posix.join(posix.dirname(source), target);
        if (!statSync(join(root, linked), { throwIfNoEntry: false })?.isFile())
          throw new Error(`${source} links to ${target}, which is no file.`);
        if (!waiting.includes(linked)) waiting.push(linked);
        return posix.relative(posix.dirname(packed), packedPath(linked)) + place;
      },
    );
    writeFileSync(join(docs, packed), page);
  }
  return [...sources.keys()];
}

/** Returns where a file of the repository is, from `docs`. */
function packedPath(source: string): string {
  const [, name] = /^packages\/([\w-]+)\/README\.md$/.exec(source) ?? [];
  return name === undefined ? source.replace(/^docs\//, '') : `packages/${name}.md`;
}

/** Returns the links on the pages of a package that lead to no file in it. */
export function brokenLinks(installed: string, files: readonly string[]): readonly string[] {
  const present = new Set(files);
  return files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(join(installed, file), 'utf8').matchAll(LINK)]
        .map(([, target = '']) => target)
        .filter((target) => !present.has(posix.join(posix.dirname(file), target)))
        .map((target) => `${file} links to ${target}, which is not in the package`),
    );
}
