import { addMs, type AlertLag, type Instant, type Transaction } from '@gamekeeper/core';
import {
  type PruneRequest,
  type AlertLog,
  type AlertOutcome,
  type AlertRecord,
  type ClaimedAlert,
  type RaisedAlert,
} from '@gamekeeper/core/ports';
import { subjectKey } from '@gamekeeper/core/engine';
import { MemoryTable, type MemoryDatabase } from '../transactions/memory-database.ts';

interface Row extends AlertRecord {
  /** The order in which it was raised. */
  readonly position: number;
  /** It cannot be claimed before this instant. */
  readonly dueAt: Instant;
}

/** Alerts in memory. Leases and delays use the database's clock. */
export class MemoryAlertLog implements AlertLog {
  readonly #database: MemoryDatabase;
  readonly #rows = new MemoryTable<Row>();
  #lastPosition = 0;

  constructor(database: MemoryDatabase) {
    this.#database = database;
  }

  raise(tx: Transaction, alerts: readonly RaisedAlert[]): Promise<void> {
    return this.#database.within(tx, (open) => {
      for (const { alert, deliveries } of alerts) {
        if (this.#inOrder().some((row) => row.alert.key === alert.key)) continue;
        const position = (this.#lastPosition += 1);
        for (const { channel, notBefore } of deliveries) {
          const row: Row = {
            alert,
            channel,
            status: 'owed',
            attempts: 0,
            error: null,
            position,
            dueAt: notBefore,
          };
          this.#rows.set(open, rowKey(row), row);
        }
      }
    });
  }

  claim({ channels, leaseMs, limit }: Parameters<AlertLog['claim']>[0]): Promise<readonly ClaimedAlert[]> {
    return this.#database.within(undefined, (tx) => {
      const now = this.#database.clock.now();
      const owed = this.#inOrder().filter(
        ({ status, channel }) => status === 'owed' && channels.includes(channel),
      );
      const first = owed.filter(
        (row) =>
          row ===
          owed.find(
            ({ channel, alert }) => channel === row.channel && subjectKey(alert) === subjectKey(row.alert),
          ),
      );
      const due = first.filter(({ dueAt }) => dueAt <= now).slice(0, limit);
      return due.map((row) => {
        const claimed = { ...row, attempts: row.attempts + 1, dueAt: addMs(now, leaseMs) };
        this.#rows.set(tx, rowKey(row), claimed);
        return { alert: row.alert, channel: row.channel, attempt: claimed.attempts };
      });
    });
  }

  complete(owed: readonly ClaimedAlert[], outcome: AlertOutcome): Promise<void> {
    const error = outcome.kind === 'delivered' ? null : outcome.error;
    return this.#database.within(undefined, (tx) => {
      const change =
        outcome.kind === 'failed'
          ? { dueAt: addMs(this.#database.clock.now(), outcome.retryInMs) }
          : { status: outcome.kind };
      for (const one of owed) {
        const row = this.#rows.get(rowKey(one));
        if (row?.status !== 'owed' || row.attempts !== one.attempt) continue;
        this.#rows.set(tx, rowKey(row), { ...row, ...change, error });
      }
    });
  }

  lag(): Promise<AlertLag> {
    return this.#database.within(undefined, () => {
      const now = this.#database.clock.now();
      const owed = this.#inOrder().filter(
        ({ status, attempts, dueAt }) => status === 'owed' && (attempts > 0 || dueAt <= now),
      );
      const oldest = Math.min(...owed.map(({ alert }) => alert.raisedAt));
      return { owed: owed.length, oldestAgeMs: owed.length > 0 ? Math.max(0, now - oldest) : null };
    });
  }

  list({ limit }: { readonly limit: number }): Promise<readonly AlertRecord[]> {
    return this.#database.within(undefined, () =>
      this.#inOrder()
        .reverse()
        .slice(0, limit)
        .map(({ position: _position, dueAt: _dueAt, ...record }) => record),
    );
  }

  prune(tx: Transaction, { before, limit }: PruneRequest): Promise<number> {
    return this.#database.within(tx, (open) => {
      const old = this.#inOrder()
        .filter(({ status, alert }) => status !== 'owed' && alert.raisedAt < before)
        .slice(0, limit);
      for (const row of old) this.#rows.delete(open, rowKey(row));
      return old.length;
    });
  }

  #inOrder(): Row[] {
    return [...this.#rows.values()].sort(
      (a, b) => a.position - b.position || (a.channel < b.channel ? -1 : 1),
    );
  }
}

function rowKey({ alert, channel }: Pick<AlertRecord, 'alert' | 'channel'>): string {
  return JSON.stringify([alert.key, channel]);
}
