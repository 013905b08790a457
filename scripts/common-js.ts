import { fileURLToPath } from 'node:url';
import { writeCommonJs } from './packages/common-js.ts';
import { publishedPackages } from './packages/pack.ts';

// The last step of a build: the doors of the packages for `require`.
for (const { folder } of publishedPackages(fileURLToPath(new URL('..', import.meta.url))))
  writeCommonJs(folder);
