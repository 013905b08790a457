import { globSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The compiler never deletes the output of a source that is gone, and believes its build info without looking at the
// output; so both go together.
const root = fileURLToPath(new URL('..', import.meta.url));
for (const folder of globSync(
  ['packages/*/dist', 'packages/*/docs', 'examples/*/dist', 'node_modules/.cache/tsc'],
  {
    cwd: root,
  },
)) {
  rmSync(join(root, folder), { recursive: true, force: true });
}
