import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { arrowsFile, renderArrows } from './overrides.ts';

// Writes what the table of arrows says into the file that the linter's configuration extends.
const root = new URL('../../', import.meta.url);
await writeFile(fileURLToPath(new URL(arrowsFile, root)), renderArrows());
