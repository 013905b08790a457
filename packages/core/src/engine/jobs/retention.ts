import { wholeNumber } from '../common/options.ts';
import { DAY_MS, addMs } from '../time/instant.ts';
import { defineJob, type JobDefinition } from './job-definition.ts';
import type { Prunable } from './prunable.ts';

/** For how many days what has happened is kept. */
export interface RetentionRules {
  /** Rows of the ledger. Default 90. */
  readonly runsDays: number;
  /** Items that failed. Default 90. */
  readonly failedItemsDays: number;
  /** Alerts that were told. Default 90. */
  readonly alertsDays: number;
  /** Events that were delivered. Default 7. Those that were not are kept. */
  readonly eventsDays: number;
  /** Keys under which lives were spent (`idempotencyKey`). Default 7: for so long the same key spends nothing. */
  readonly spendKeysDays: number;
}

/** What is kept for how long unless the host says otherwise. */
export const defaultRetentionRules: RetentionRules = {
  runsDays: 90,
  failedItemsDays: 90,
  alertsDays: 90,
  eventsDays: 7,
  spendKeysDays: 7,
};

/** @throws {InvalidOptionError} naming the rule that cannot work */
export function retentionRules(options: Partial<RetentionRules> = {}): RetentionRules {
  const rules = { ...defaultRetentionRules, ...options };
  for (const [name, days] of Object.entries(rules)) {
    wholeNumber(`rules.retention.${name}`, days, { min: 1, max: 36_500 });
  }
  return rules;
}

/** What is cut, and how old it becomes. */
export interface RetentionTarget {
  readonly prunable: Prunable;
  readonly days: number;
}

/** The job that removes what is old, a batch at a time. */
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
      const more = processed === limit ? index : index + 1;
      return { processed, next: more < kept.length ? { index: more } : null };
    },
  });
}
