import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Exports, Manifest } from './pack.ts';

/**
 * Writes the CommonJS doors of a built package. Each loads the ES module beside it with Node's own `require`, so that a
 * process has one copy, however it is loaded, and so that a runner with a module system of its own, such as Jest, needs no
 * transform and no flag.
 */
export function writeCommonJs(folder: string): readonly string[] {
  const { exports = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const doors = commonJsDoors(exports);
  for (const door of doors) {
    const module = `./${basename(door, '.cjs')}.js`;
    writeFileSync(join(folder, door), programOf(module));
    writeFileSync(join(folder, door.replace(/\.cjs$/, '.d.cts')), `export * from '${module}';\n`);
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
module.exports = createRequire(__filename)('${module}');
`;
}
