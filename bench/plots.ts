import { mkdir, writeFile } from 'node:fs/promises';
import { barChart, type BarChart } from './lib/bar-chart.ts';
import { readResults, type BenchResult } from './lib/results.ts';

const RESULTS = new URL('results.json', import.meta.url).pathname;
const IMAGES = new URL('../docs/images/', import.meta.url).pathname;

/** The plots of docs/performance.md, by file name: which results they show. */
const plots: Readonly<Record<string, Omit<BarChart, 'groups' | 'unit'> & { readonly shows: RegExp }>> = {
  'jobs.svg': { title: 'A job for one million players', shows: /^job:/ },
  'quizzes.svg': { title: 'Start and complete a quiz, 50 players at once', shows: /^quiz:/ },
  'boards.svg': { title: 'A board of one million players', shows: /^redis:/ },
};

const results = await readResults(RESULTS);
await mkdir(IMAGES, { recursive: true });
for (const [file, { title, shows }] of Object.entries(plots)) {
  const shown = results.filter(({ name }) => shows.test(name));
  if (shown.length === 0) continue;
  await writeFile(`${IMAGES}${file}`, barChart({ title, unit: shown[0]!.unit, groups: shown.map(groupOf) }));
  console.log(`docs/images/${file}: ${shown.length} results`);
}

function groupOf({ title, values }: BenchResult) {
  return { label: title, bars: Object.entries(values).map(([name, value]) => ({ name, value })) };
}
