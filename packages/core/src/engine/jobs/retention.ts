import { wholeNumber } from '../common/options.ts';
import { DAY_MS, addMs } from '../time/instant.ts';
import { defineJob, type JobDefinition } from './job-definition.ts';
import type { Prunable } from './prunable.ts';

/** How many days data is kept. */
export interface RetentionRules {
  /** Runs in the ledger. Default 90. */
  readonly runsDays: number;
  /** Failed items. Default 90. */
  readonly failedItemsDays: number;
  /** Delivered alerts. Default 90. */
  readonly alertsDays: number;
  /** What operators did. Default 400. */
  readonly operatorActionsDays: number;
  /** Delivered events. Default 7. Undelivered ones are kept. */
  readonly eventsDays: number;
  /** Keys of spent lives (`idempotencyKey`). Default 7: for that long, repeating a key spends nothing. */
  readonly spendKeysDays: number;
  /** Entries of players' logs, for `host.explain`. Default 90. */
  readonly playerLogDays: number;
}

/** The default retention. */
export const defaultRetentionRules: RetentionRules = {
  runsDays: 90,
  failedItemsDays: 90,
  alertsDays: 90,
  operatorActionsDays: 400,
  eventsDays: 7,
  spendKeysDays: 7,
  playerLogDays: 90,
};

/**
 * Returns the rules with defaults filled in.
 *
 * @throws {InvalidOptionError} naming the first invalid rule
 */
export function retentionRules(options: Partial<RetentionRules> = {}): RetentionRules {
  const rules = { ...defaultRetentionRules, ...options };
  for (const [name, days] of Object.entries(rules)) {
    wholeNumber(`rules.retention.${name}`, days, { min: 1, max: 36_500 });
  }
  return rules;
}

/** What is pruned, and how long it is kept. */
export interface RetentionTarget {
  readonly prunable: Prunable;
  readonly days: number;
}

/** Returns the job that removes old data, a batch at a time. */
export function retention(kept: readonly RetentionTarget[]): JobDefinition {
  return defineJob<{ readonly index: number }>({
    name: 'retention',
    schedule: { cron: '30 3 * * *' },
    missedTicks: 'latest',
    maxBatchSize: 10_000,
    supportsDryRun: true,
    batch: async ({ tx, asOf, checkpoint, limit }) => {
      const index = checkpoint?.index ?? 0;
      const one = kept[index];
      if (!one) return { processed: 0, next: null };
      const processed = await one.prunable.prune(tx, { before: addMs(asOf, -one.days * DAY_MS), limit });
      // Only a batch that removed nothing shows that nothing is left: a row may hold many events, or none any more.
      const more = processed > 0 ? index : index + 1;
      return { processed, next: more < kept.length ? { index: more } : null };
    },
  });
}
