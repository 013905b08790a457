import { UsageError, readArguments, usageOf, type BenchOptions } from './lib/arguments.ts';
import { load } from './lib/machine.ts';
import { saveResultsIn } from './lib/results.ts';
import { print } from './lib/table.ts';
import { health } from './jobs/health.ts';
import { ranking } from './jobs/ranking.ts';
import { resets } from './jobs/resets.ts';
import { sessions } from './jobs/sessions.ts';
import { streaks } from './jobs/streaks.ts';
import { fleet } from './fleet.ts';
import { idle } from './idle.ts';
import { live } from './live.ts';
import { lives } from './lives.ts';
import { mapped } from './mapped.ts';
import { reads } from './reads.ts';
import { redis } from './redis.ts';
import { scale } from './scale.ts';
import { schedulers } from './schedulers.ts';
import { throttle } from './throttle.ts';

/** What can be measured, in the order in which it is. */
const benches: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  lives,
  streaks,
  sessions,
  resets,
  ranking,
  health,
  live,
  mapped,
  reads,
  redis,
  scale,
  throttle,
  idle,
  schedulers,
  fleet,
};

try {
  const { help, names, options } = readArguments(process.argv.slice(2), process.env, Object.keys(benches));
  saveResultsIn(options.save);
  if (help) print(usageOf(Object.keys(benches)));
  else for (const name of names) await benches[name]!(options);
  if (!help) print(load());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usageOf(Object.keys(benches))}`);
  process.exitCode = 2;
}
