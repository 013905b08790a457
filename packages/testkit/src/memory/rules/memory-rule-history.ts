import {
  minInstant,
  addMs,
  maxInstant,
  type Instant,
  type Json,
  type JsonObject,
  type Transaction,
} from '@gamekeeper/core';
import { type RuleChange, type RuleHistory } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase } from '../transactions/memory-database.ts';

/** The history of the rules in memory. */
export class MemoryRuleHistory implements RuleHistory {
  readonly #database: MemoryDatabase;
  readonly #changes = new MemoryTable<readonly RuleChange[]>();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  record(rules: Readonly<Record<string, JsonObject>>, now: Instant): Promise<void> {
    return this.#database.within(undefined, (tx) => {
      const from = minInstant(now, this.#database.clock.now());
      for (const [name, given] of Object.entries(rules)) {
        const changes = this.#changes.get(name) ?? [];
        const newest = changes.at(-1);
        if (newest && canonical(newest.rules) === canonical(given)) continue;
        const since = newest ? maxInstant(from, addMs(newest.since, 1)) : from;
        this.#changes.set(tx, name, [...changes, { name, since, rules: given }]);
      }
    });
  }

  changes(tx?: Transaction): Promise<readonly RuleChange[]> {
    return this.#database.within(tx, () =>
      [...this.#changes.values()].flat().sort((a, b) => compareBytewise(a.name, b.name) || a.since - b.since),
    );
  }
}

/** Returns the same text for equal values, whatever the order of their keys. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareBytewise(a, b)))
      : part,
  );
}
