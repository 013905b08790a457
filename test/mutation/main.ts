import { Stryker } from '@stryker-mutator/core';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { allRooms, roomsNamed, type Room } from './rooms.ts';
import { scoreOf, type Score } from './score.ts';

const usage = `Changes operators and conditions in core and the croner package, one by one: do unit tests notice?

  npm run mutate                      every room, one after the other: hours
  npm run mutate -- time lives        rooms
  npm run mutate -- time --only clock.ts,zones.ts

  --only <files>          only these files of the room, joined by commas
  --concurrency <number>  how many at once (default 2)
  --force                 also those whose file and tests have not changed since the last run
  --help                  this page
`;

const root = fileURLToPath(new URL('../../', import.meta.url));
process.chdir(root);
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      only: { type: 'string' },
      concurrency: { type: 'string', default: '2' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const rooms = allRooms(root);
  const chosen = positionals.length === 0 ? rooms : positionals.flatMap((name) => roomsNamed(name, rooms));
  const unknown = positionals.find((name) => roomsNamed(name, rooms).length === 0);
  if (values.help || unknown !== undefined) {
    if (unknown !== undefined)
      console.error(`There is no room ${unknown}; there are ${rooms.map(({ name }) => name).join(', ')}.\n`);
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const scores: Score[] = [];
  for (const room of chosen) {
    const files = values.only?.split(',') ?? ['**/*.ts'];
    const { concurrency, force } = values;
    scores.push(scoreOf(room.name, await mutate(room, files, { concurrency: Number(concurrency), force })));
  }
  console.table(scores);
  return 0;
}

function mutate(
  { name, folder, tests }: Room,
  files: readonly string[],
  options: { readonly concurrency: number; readonly force: boolean },
) {
  // Read by vitest.config.ts in the processes that run the tests.
  process.env['MUTATION_TESTS'] = tests.join(',');
  const kept = `.stryker/${name}`;
  return new Stryker({
    configFile: 'test/mutation/stryker.json',
    mutate: [...files.map((file) => `${folder}/${file}`), '!packages/**/*.test.ts', '!packages/**/index.ts'],
    jsonReporter: { fileName: `${kept}/mutants.json` },
    incrementalFile: `${kept}/known.json`,
    // Rooms may be mutated side by side.
    tempDirName: `${kept}/sandbox`,
    ...options,
  }).runMutationTest();
}
