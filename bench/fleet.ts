import { chosenParts, type BenchOptions } from './lib/arguments.ts';
import { kills } from './fleet/kills.ts';
import { lateness } from './fleet/lateness.ts';
import { reminder } from './fleet/reminder.ts';
import { rowsByWorkers } from './fleet/rows.ts';
import { takeover } from './fleet/takeover.ts';

/** What is measured of a fleet, in the order in which it is. */
const fleetParts: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  lateness,
  takeover,
  kills,
  rows: rowsByWorkers,
  reminder,
};

/** Several processes on one ledger, carried by a queue or not, beside the queues' own cron. */
export async function fleet(options: BenchOptions): Promise<void> {
  for (const part of chosenParts(fleetParts, options)) await fleetParts[part]!(options);
}
