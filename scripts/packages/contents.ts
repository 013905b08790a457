import type { Exports, PackedPackage } from './pack.ts';
import { brokenLinks } from './packed-docs.ts';

const required = ['dist/index.js', 'dist/index.d.ts', 'README.md', 'LICENSE'];

/** What is wrong with the files of a package. */
export function checkContents({ manifest, files, installed }: PackedPackage): readonly string[] {
  const present = new Set(files);
  const { exports = {}, bin = {} } = manifest;
  const hasDocs = manifest.files?.includes('docs') ?? false;
  const named = [...exportedFiles(exports), ...Object.values(bin)].map((file) => file.replace(/^\.\//, ''));
  return [
    ...(hasDocs ? brokenLinks(installed, files) : []),
    ...[...required, ...(hasDocs ? ['docs/README.md'] : [])]
      .filter((file) => !present.has(file))
      .map((file) => `${file} is missing`),
    ...named
      .filter((file) => !present.has(file))
      .map((file) => `package.json names ${file}, which is missing`),
    ...files
      .filter((file) => !/^(?:dist|src|docs)\/|^(?:package\.json|README\.md|LICENSE)$/.test(file))
      .map((file) => `${file} is nothing that users need`),
    ...files
      .filter((file) => !file.startsWith('docs/') && /\.test\.|\.tsbuildinfo$/.test(file))
      .map((file) => `${file} must stay at home`),
    ...files.filter((file) => !hasSource(file, present)).map((file) => `${file} has no source any more`),
  ];
}

function exportedFiles(exports: Exports): readonly string[] {
  return typeof exports === 'string' ? [exports] : Object.values(exports).flatMap(exportedFiles);
}

/** The sources are in the package too, so output that the compiler left behind shows. */
function hasSource(file: string, present: ReadonlySet<string>): boolean {
  const output = /^dist\/(?:sandbox\/)?(.*?)(?:\.d\.c?ts|\.c?js)(?:\.map)?$/.exec(file);
  return !output || present.has(`src/${output[1]}.ts`);
}
