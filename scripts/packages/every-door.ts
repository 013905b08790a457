import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.ts';
import { install, versionIn, type ForeignProject } from './foreign-project.ts';
import type { Versions } from './peers.ts';

/** Other versions of Node.js, and compilers, by the names under which the project gets them. */
const tools: Versions = {
  'node-20': 'npm:node@20',
  'node-22': 'npm:node@22.17',
  'typescript-54': 'npm:typescript@5.4',
  'typescript-58': 'npm:typescript@5.8',
  'typescript-59': 'npm:typescript@5.9',
  '@types/node': '^24.10.0',
  esbuild: '^0.28.0',
  jest: '^30.5.0',
};

const program = `import { createJobHost } from '@gamekeeper/composition';
import { userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { memoryAdapters } from '@gamekeeper/testkit';

async function main(): Promise<boolean> {
  const host = createJobHost({ modules: [memoryAdapters(), cronerScheduler()] });
  await host.open();
  const { ok } = await host.gameplay.startQuiz({ userId: userId('ada') });
  await host.stop();
  return ok;
}
main().then((ok) => console.log(ok ? 'played' : 'refused'), (error) => console.log(error.code));
`;

/** Uses the packages in CommonJS and as ES modules, on several Node.js, by compilers, a bundler and test runners. */
export async function everyDoor(project: ForeignProject, ours: Versions): Promise<readonly string[]> {
  await install(project, { ...ours, ...tools }, 'commonjs');
  for (const name of ['use.ts', 'use.mts', 'use.cts']) writeFileSync(join(project.folder, name), program);
  return [await compiled(project), await ran(project), await bundled(project), await tested(project)];
}

/** Checks the types, also those inside the packages: without `skipLibCheck`. */
async function compiled({ folder, root }: ForeignProject): Promise<string> {
  const compilers = {
    'typescript-54': [
      ['nodenext', 'use.mts'],
      ['node16', 'use.mts'],
      ['esnext', 'use.ts'],
    ],
    'typescript-58': [
      ['nodenext', 'use.mts'],
      ['nodenext', 'use.cts'],
      ['esnext', 'use.ts'],
    ],
    'typescript-59': [
      ['nodenext', 'use.mts'],
      ['nodenext', 'use.cts'],
      ['esnext', 'use.ts'],
    ],
    typescript: [
      ['nodenext', 'use.mts'],
      ['nodenext', 'use.cts'],
      ['esnext', 'use.ts'],
    ],
  } as const;
  for (const [name, ways] of Object.entries(compilers)) {
    const home = name === 'typescript' ? root : folder;
    // Inversify's own types do not compile there.
    const skips = String(name === 'typescript-54');
    for (const [module, file] of ways) {
      const resolution = module === 'esnext' ? 'bundler' : module;
      const options = ['--strict', '--noEmit', '--skipLibCheck', skips, '--types', 'node', '--lib', 'esnext'];
      const how = ['--target', 'es2022', '--module', module, '--moduleResolution', resolution, ...options];
      const tsc = join(home, 'node_modules', name, 'bin/tsc');
      await execute(process.execPath, [tsc, ...how, file], folder).catch((error: Error) => {
        throw new Error(`${name}, ${module}, ${file}: ${error.message}`, { cause: error });
      });
    }
  }
  return `types by TypeScript 5.4 to ${versionIn({ folder: root, registry: '', root }, 'typescript')}`;
}

async function ran({ folder }: ForeignProject): Promise<string> {
  const esbuild = join(folder, 'node_modules/.bin/esbuild');
  for (const [format, file] of [
    ['cjs', 'use.cjs'],
    ['esm', 'use.mjs'],
  ] as const)
    await execute(esbuild, ['use.ts', `--format=${format}`, `--outfile=${file}`], folder);
  const nodes = {
    [process.execPath]: 'played',
    [join(folder, 'node_modules/node-22/bin/node')]: 'played',
    [join(folder, 'node_modules/node-20/bin/node')]: 'NODE_TOO_OLD',
  };
  for (const [node, expected] of Object.entries(nodes))
    for (const file of ['use.cjs', 'use.mjs']) await expectLine(expected, node, file, folder);
  return 'require and import on Node.js 22.17 and this one, Node.js 20 refused';
}

/** Everything in one file, without externals. */
async function bundled({ folder }: ForeignProject): Promise<string> {
  const esbuild = join(folder, 'node_modules/.bin/esbuild');
  for (const [format, file] of [
    ['cjs', 'bundle.cjs'],
    ['esm', 'bundle.mjs'],
  ] as const) {
    const how = ['--bundle', '--platform=node', `--format=${format}`, `--outfile=out/${file}`];
    await execute(esbuild, ['use.ts', ...how, '--log-level=error'], folder);
    await expectLine('played', process.execPath, join('out', file), folder);
  }
  return 'bundled by esbuild';
}

/** The examples of docs/test-time.md, by the runners that they are for. */
async function tested({ folder, root }: ForeignProject): Promise<string> {
  const page = readFileSync(join(root, 'docs/test-time.md'), 'utf8');
  const jest = /^```js\n(.*?)^```$/ms.exec(page)?.[1];
  const nodeTest = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].find(([, code]) =>
    code?.includes("'node:test'"),
  )?.[1];
  if (!jest || !nodeTest) throw new Error('docs/test-time.md has no example for Jest or node:test.');
  writeFileSync(join(folder, 'time.test.js'), jest);
  writeFileSync(join(folder, 'time.node.mts'), nodeTest);
  await execute(process.execPath, ['--test', 'time.node.mts'], folder);
  const runner = join(folder, 'node_modules/jest/bin/jest.js');
  for (const node of [process.execPath, join(folder, 'node_modules/node-22/bin/node')])
    await execute(node, [runner, '--ci', 'time.test.js'], folder);
  return 'tested by node:test and Jest without flags';
}

async function expectLine(expected: string, node: string, file: string, folder: string): Promise<void> {
  const output = (await execute(node, [file], folder)).trim();
  if (!output.endsWith(expected)) throw new Error(`${node} ${file} printed ${output} instead of ${expected}`);
}
