import { fileURLToPath } from 'node:url';
import { writeDocs } from './packages/packed-docs.ts';
import { publishedPackages } from './packages/pack.ts';

// A step of a build: the documentation for the packages that contain it.
const root = fileURLToPath(new URL('..', import.meta.url));
for (const { folder, manifest } of publishedPackages(root))
  if (manifest.files?.includes('docs')) writeDocs(root, folder);
