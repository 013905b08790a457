import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeCommonJs } from './packages/common-js.ts';
import { publishedPackages } from './packages/pack.ts';

// The last step of a build: the doors of the packages for `require`.
const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');
for (const { folder } of publishedPackages(root)) await writeCommonJs(folder, compiler);
