import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { withMetricTable } from './metric-table.ts';

const page = fileURLToPath(new URL('../../docs/operate.md', import.meta.url));

await writeFile(page, withMetricTable(await readFile(page, 'utf8')));
