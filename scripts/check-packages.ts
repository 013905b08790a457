import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkContents } from './packages/contents.ts';
import { checkConventions } from './packages/conventions.ts';
import { pack, publishedPackages, type Manifest, type PackedPackage } from './packages/pack.ts';
import { checkManifest, checkTypes } from './packages/rules.ts';
import { countExports, linkDependencies } from './packages/run-built.ts';

// Packs every package as it would be published and looks at it with a user's eyes. Needs a build.
const root = fileURLToPath(new URL('..', import.meta.url));
const app = mkdtempSync(join(tmpdir(), 'packages-'));
const nodeModules = join(app, 'node_modules');

try {
  const packages = await Promise.all(
    publishedPackages(root).map((source) => pack(source, { tarballs: app, nodeModules })),
  );
  for (const each of packages) linkDependencies(each, root, nodeModules);
  const manifests = packages.map(({ manifest }) => manifest);
  for (const each of packages) report(each, await check(each, manifests));
} finally {
  rmSync(app, { recursive: true, force: true });
}

interface Verdict {
  readonly exports: number;
  readonly problems: readonly string[];
}

async function check(each: PackedPackage, all: readonly Manifest[]): Promise<Verdict> {
  const problems = [
    ...checkContents(each),
    ...checkConventions(each, all),
    ...(await checkManifest(each)),
    ...(await checkTypes(each, root)),
  ];
  try {
    const exports = await countExports(each, app);
    return { exports, problems: exports > 0 ? problems : [...problems, 'the door exports nothing'] };
  } catch (error) {
    return { exports: 0, problems: [...problems, `the door does not open: ${(error as Error).message}`] };
  }
}

function report({ manifest, files }: PackedPackage, { exports, problems }: Verdict): void {
  const facts = `${manifest.name} ${manifest.version}: ${files.length} files, ${exports} exports`;
  console.log(problems.length === 0 ? `ok    ${facts}` : `FAIL  ${facts}`);
  for (const problem of problems) console.log(`      ${problem.replaceAll('\n', '\n      ')}`);
  if (problems.length > 0) process.exitCode = 1;
}
