import type { Instant, Transaction, UserId } from '@gamekeeper/core';
import type {
  LogCursor,
  LogEntry,
  PlayerLog,
  PruneRequest,
  RecordedEntry,
  StoredEntry,
} from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import { MemoryTable, type MemoryDatabase, type MemoryTransaction } from '../transactions/memory-database.ts';

/** A repository whose rows are part of a player's log. */
export interface LogSource {
  entriesOf(userId: UserId): readonly StoredEntry[];
}

/** The recorded entries, which the repositories write with their own changes. */
export class MemoryLogEntries {
  readonly #database: MemoryDatabase;
  readonly rows: MemoryTable<RecordedEntry & { readonly recordedAt: Instant }> = new MemoryTable();

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  write(tx: MemoryTransaction, entries: readonly RecordedEntry[] = []): void {
    for (const one of entries) {
      const key = JSON.stringify([one.userId, one.at, one.entry]);
      if (this.rows.get(key)) continue;
      this.rows.set(tx, key, { ...one, recordedAt: this.#database.clock.now() });
    }
  }

  /** Removes a player's recorded entries. Returns whether there were any. */
  erase(tx: MemoryTransaction, userId: UserId): boolean {
    const own = [...this.rows.entries()].filter(([, one]) => one.userId === userId);
    for (const [key] of own) this.rows.delete(tx, key);
    return own.length > 0;
  }
}

/** Players' logs in memory. */
export class MemoryPlayerLog implements PlayerLog {
  readonly #database: MemoryDatabase;
  readonly #entries: MemoryLogEntries;
  readonly #sources: readonly LogSource[];

  constructor(database: MemoryDatabase, entries: MemoryLogEntries, sources: readonly LogSource[]) {
    this.#database = database;
    this.#entries = entries;
    this.#sources = sources;
  }

  append(tx: Transaction, entries: readonly RecordedEntry[]): Promise<void> {
    return this.#database.within(tx, (open) => this.#entries.write(open, entries));
  }

  read(
    userId: UserId,
    { before, limit }: { readonly before?: LogCursor; readonly limit: number },
  ): Promise<readonly LogEntry[]> {
    return this.#database.within(undefined, () => {
      const recorded = [...this.#entries.rows.values()].filter((one) => one.userId === userId);
      const stored = this.#sources.flatMap((source) => source.entriesOf(userId));
      return [...recorded, ...stored.map((one) => ({ ...one, recordedAt: null }))]
        .filter((one) => before === undefined || newestFirst(one, before) > 0)
        .sort(newestFirst)
        .slice(0, limit);
    });
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const { rows } = this.#entries;
      const old = [...rows.entries()].filter(([, { recordedAt }]) => recordedAt < before).slice(0, limit);
      for (const [key] of old) rows.delete(open, key);
      return old.length;
    });
  }
}

function newestFirst(a: LogCursor, b: LogCursor): number {
  return b.at - a.at || compareBytewise(b.entry, a.entry);
}
