import {
  coreDoors,
  examples,
  importsOfTests,
  onlyInComposition,
  packages,
  rooms,
  testHostDoor,
} from './table.ts';

/** An entry of `overrides` in the linter's configuration. */
interface Override {
  readonly files: readonly string[];
  readonly rules: Readonly<Record<string, unknown>>;
}

/** What cannot be reached by a path that leaves the package. Of the patterns that match, the last one decides. */
const otherPackages = ['../**/[!.]*/src/**', '../**/[!.]*/dist/**'];
const sharedTests = '../**/test/**';
/** The storey above the engine, and the doors through which it could be reached. */
const upstairs = ['../**/game/**', '../**/index.ts', '../**/ports.ts'];

/** The file that `.oxlintrc.json` extends. */
export const arrowsFile = '.oxlintrc.arrows.json';

/** Returns the text of {@link arrowsFile}. */
export function renderArrows(): string {
  return `${JSON.stringify({ overrides: overrides() }, null, 2)}\n`;
}

/** The rules of the linter that the table of arrows stands for; later ones win. */
function overrides(): readonly Override[] {
  const all = Object.entries(packages);
  return [
    everywhere(),
    ...all.map(([name, { source, reason }]) =>
      only([`packages/${name}/src/**/*.ts`], [...otherPackages, sharedTests, ...allowed(source)], reason),
    ),
    ...Object.entries(rooms).map(([folder, { source, reason }]) =>
      only([`packages/${folder}/**/*.ts`], [...otherPackages, sharedTests, ...allowed(source)], reason),
    ),
    ...all.map(([name]) =>
      only(
        testsOf(`packages/${name}`),
        [...otherPackages, ...allowed(importsOfTests(name))],
        'Tests import what their package may, the testkit, schedules by Croner, Vitest, fast-check and Node.',
      ),
    ),
    ...Object.entries(examples).map(([name, { source, reason }]) =>
      only([`examples/${name}/src/**/*.ts`], [...otherPackages, ...allowed(source)], reason),
    ),
    only(
      ['packages/core/src/engine/**/*.ts'],
      [...otherPackages, sharedTests, ...upstairs],
      'The engine knows nothing of the game.',
    ),
    only(
      ['packages/core/src/engine/**/*.test.ts'],
      [...otherPackages, ...allowed(importsOfTests('core')), ...upstairs],
      'The engine knows nothing of the game, nor do its tests.',
    ),
  ];
}

function testsOf(folder: string): readonly string[] {
  return [`${folder}/src/**/*.test.ts`, `${folder}/test/**/*.ts`];
}

/** Holds for examples, benches, scripts and tests of the whole; packages have stricter rules of their own. */
function everywhere(): Override {
  const doors = [...Object.values(coreDoors), testHostDoor];
  const container = onlyInComposition.flatMap((name) => patternsOf(name));
  return restrict(
    ['**/*.ts'],
    [
      {
        group: ['@gamekeeper/*/**', ...doors.map((door) => `!${door}`)],
        message: "A package is entered by a door: import '@gamekeeper/<package>'.",
      },
      {
        regex: '^(\\./)?(\\.\\./)+((packages|examples|node_modules)/|[^./][^/]*/(.*/)?(src|dist)/)',
        message: "A package is entered by a door: import '@gamekeeper/<package>'.",
      },
      { group: container, message: 'Only the composition package knows the container.' },
    ],
  );
}

/** Lets nothing be imported but the package's own files and what `exceptions` let through or take away again. */
function only(files: readonly string[], exceptions: readonly string[], message: string): Override {
  return restrict(files, [{ group: ['*', '!./**', '!../**', ...exceptions], message }]);
}

function restrict(files: readonly string[], patterns: readonly object[]): Override {
  return { files, rules: { 'eslint/no-restricted-imports': ['error', { patterns }] } };
}

function allowed(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => [
    ...patternsOf(name).map((pattern) => `!${pattern}`),
    ...namesake(name, names),
  ]);
}

/** To the linter, `fastify` also stands for `@gamekeeper/fastify`: take that away again. */
function namesake(name: string, names: readonly string[]): readonly string[] {
  const ours = `@gamekeeper/${name}`;
  return name in packages && !names.includes(ours) ? [ours] : [];
}

/** A door of ours is one module; of other packages subpaths count too. */
function patternsOf(name: string): readonly string[] {
  if (name.startsWith('@gamekeeper/')) return [name];
  if (name.startsWith('@') && name.endsWith('/*')) return [`${name}*`];
  return [name, `${name}/**`];
}
