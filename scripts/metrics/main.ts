import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { grafanaDashboard } from './grafana-dashboard.ts';
import { withMetricTable } from './metric-table.ts';

const fileAt = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = fileAt('docs/operate.md');

await writeFile(page, withMetricTable(await readFile(page, 'utf8')));
await writeFile(fileAt('ops/grafana-dashboard.json'), grafanaDashboard());
