import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { execute } from './execute.ts';
import type { Exports, Manifest } from './pack.ts';

/**
 * Writes the CommonJS doors of a built package. Each loads the ES module beside it with Node's own `require`, so that a
 * process has one copy, however it is loaded, and so that a runner with a module system of its own, such as Jest, needs no
 * transform and no flag.
 *
 * A package that extends its user's framework must get the framework's copy of that runner. It has a
 * `tsconfig.sandbox.json`, which compiles it to CommonJS for such runners.
 */
export async function writeCommonJs(folder: string, compiler: string): Promise<readonly string[]> {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const hasSandbox = existsSync(join(folder, 'tsconfig.sandbox.json'));
  if (hasSandbox) {
    await execute(process.execPath, [compiler, '-p', 'tsconfig.sandbox.json', '--pretty', 'false'], folder);
    writeFileSync(join(folder, 'dist/sandbox/package.json'), '{ "type": "commonjs" }\n');
  }
  const doors = commonJsDoors(exports);
  for (const door of doors) {
    const module = `${basename(door, '.cjs')}.js`;
    writeFileSync(join(folder, door), hasSandbox ? sandboxProgramOf(module) : programOf(module));
    writeFileSync(join(folder, door.replace(/\.cjs$/, '.d.cts')), `export * from './${module}';\n`);
  }
  return doors;
}

/** The `.cjs` files that the exports of a manifest name. */
export function commonJsDoors(exports: Exports): readonly string[] {
  if (typeof exports === 'string') return exports.endsWith('.cjs') ? [exports] : [];
  return Object.values(exports).flatMap(commonJsDoors);
}

function programOf(module: string): string {
  return `'use strict';
// Node's own require. In Jest, require, node:module and process belong to the sandbox, which knows no ES modules.
const { createRequire } = require('node:vm').runInThisContext('process').getBuiltinModule('node:module');
module.exports = createRequire(__filename)('./${module}');
`;
}

function sandboxProgramOf(module: string): string {
  return `'use strict';
// In Jest the framework belongs to the sandbox, so its parts here must be loaded there, too.
const isSandbox = require('node:vm').runInThisContext('globalThis') !== globalThis;
module.exports = isSandbox ? require('./sandbox/${module}') : require('./${module}');
`;
}
