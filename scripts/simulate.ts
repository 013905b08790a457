import { CronerScheduleParser } from '@gamekeeper/scheduler-croner';
import {
  allDimensions,
  dimension,
  gameScenario,
  historyInWords,
  searchHistories,
  type Dimension,
} from '@gamekeeper/testkit';
import { parseArgs } from 'node:util';

const usage = `Usage:
  npm run simulate                         1,000 histories of a simulated week, of a seed chosen by chance

  --histories <number>    how many histories (default 1000)
  --seed <number>         which ones
  --path <path>           one history of the seed, as a failure names it
  --days <number>         how long a history is (default 7)
  --only <names>          what may be out of the ordinary beside crashes and broken connections, joined by commas:
                          ${allDimensions.join(', ')} (default all), or none
  --help                  this page
`;

/** A command line that makes no sense. */
class UsageError extends Error {}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = parse(argv);
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const { path } = values;
  const days = wholeNumber('days', values.days ?? '7');
  const seed = values.seed === undefined ? undefined : wholeNumber('seed', values.seed);
  const histories = path === undefined ? wholeNumber('histories', values.histories ?? '1000') : 1;
  const dimensions = values.only === undefined ? allDimensions : dimensionsAmong(values.only);
  const scenario = gameScenario({ schedules: new CronerScheduleParser(), days });
  const startedAt = process.cpuUsage();
  let played = 0;
  let runs = 0;
  const search = await searchHistories(scenario, {
    histories,
    dimensions,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
    onHistory: (history) => {
      played += 1;
      runs += history.runs;
      if (played % 1_000 === 0) console.error(`${played} histories, ${rate()}`);
    },
  });
  console.log(`seed ${search.seed}: ${played} histories of ${days} days, ${runs} runs, ${rate()}`);
  if (!search.failure) {
    console.log('Everything held in every one.');
    return 0;
  }
  console.log(`\n${historyInWords(search.failure.history)}\n`);
  console.log(`The plan, for simulate():\n${JSON.stringify(search.failure.history.plan)}\n`);
  const length = days === 7 ? '' : ` --days ${days}`;
  const only = values.only === undefined ? '' : ` --only ${values.only}`;
  console.log(
    `Play it again:\nnpm run simulate -- --seed ${search.seed} --path ${search.failure.path}${length}${only}`,
  );
  return 1;

  function rate(): string {
    const { user, system } = process.cpuUsage(startedAt);
    return `${((played * 1_000_000) / (user + system)).toFixed(0)} a second of one core`;
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        histories: { type: 'string' },
        seed: { type: 'string' },
        path: { type: 'string' },
        days: { type: 'string' },
        only: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function dimensionsAmong(names: string): readonly Dimension[] {
  if (names === 'none') return [];
  try {
    return names.split(',').map(dimension);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  const isUsable = Number.isSafeInteger(value) && (name === 'seed' || value > 0);
  if (!isUsable) throw new UsageError(`--${name}: give a whole number, not ${JSON.stringify(text)}.`);
  return value;
}
