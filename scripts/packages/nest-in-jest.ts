import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execute } from './execute.ts';
import { install, type ForeignProject } from './foreign-project.ts';
import type { Versions } from './peers.ts';

/** What `nest new` of NestJS 11 installs, as far as tests need it. */
const nest: Versions = {
  '@nestjs/common': '^11.0.1',
  '@nestjs/core': '^11.0.1',
  '@nestjs/platform-express': '^11.0.1',
  '@nestjs/testing': '^11.0.1',
  '@types/jest': '^30.0.0',
  '@types/node': '^24.0.0',
  jest: '^30.0.0',
  rxjs: '^7.8.1',
  'ts-jest': '^29.2.5',
  typescript: '^5.7.3',
};

const compilerOptions = {
  module: 'nodenext',
  moduleResolution: 'nodenext',
  esModuleInterop: true,
  isolatedModules: true,
  emitDecoratorMetadata: true,
  experimentalDecorators: true,
  target: 'ES2023',
  skipLibCheck: true,
};

const jest = {
  moduleFileExtensions: ['js', 'json', 'ts'],
  rootDir: 'src',
  testRegex: '.*\\.spec\\.ts$',
  transform: { '^.+\\.(t|j)s$': 'ts-jest' },
  testEnvironment: 'node',
};

/** Runs the test of docs/nestjs.md in an application as `nest new` creates it: compiled to CommonJS, tested by Jest. */
export async function nestInJest(project: ForeignProject, ours: Versions): Promise<readonly string[]> {
  const { folder, root } = project;
  await install(project, { ...ours, ...nest }, 'commonjs');
  const page = readFileSync(join(root, 'docs/nestjs.md'), 'utf8');
  const [, example] = /^```js\n(.*?)^```$/ms.exec(page) ?? [];
  if (!example?.includes('@nestjs/testing')) throw new Error('docs/nestjs.md has no test for Jest.');
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/game.spec.ts'), example);
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(jest));
  await execute(process.execPath, ['node_modules/jest/bin/jest.js', '--ci'], folder);
  return ['the test of docs/nestjs.md passes'];
}
