import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { JobRegistry } from './job-registry.ts';

/** The recorded ticks of a job, for the rules that apply them to a player. */
export interface RecordedTicks {
  /** Adopts schedules and rules that another instance has recorded, unless that was done recently. */
  refresh(tx?: Transaction): Promise<void>;
  /**
   * Returns the instant up to which the job's ticks are done; `null` if no instance has registered it.
   *
   * @param next as in {@link JobRegistry.watermark}
   */
  watermark(tx?: Transaction, next?: (after: Instant) => Instant | null): Promise<Instant | null>;
}

/** Player calls see a change that another instance recorded within this time. Milliseconds. */
export const PLAYERS_REFRESH_MS = 15_000;

/** Runs see such a change within this time. Milliseconds. */
export const RUNS_REFRESH_MS = 1_000;

/** Refreshes the record at most once per interval, for all callers. */
export class RecordRefresher {
  readonly #clock: Clock;
  readonly #look: (tx?: Transaction) => Promise<void>;
  #lookedAt: number = -Infinity;
  #looking: Promise<void> | undefined;

  /** @param look reads the record and adopts it */
  constructor(clock: Clock, look: (tx?: Transaction) => Promise<void>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Refreshes unless the last refresh is newer than `maxAgeMs`. Throws what `look` throws. */
  ensureFresh(maxAgeMs: number, tx?: Transaction): Promise<void> {
    const now = this.#clock.now();
    // A clock that was moved back must not stop the refreshes.
    if (Math.abs(now - this.#lookedAt) < maxAgeMs) return Promise.resolve();
    // Inside a transaction, never wait for a refresh outside of it: that refresh may wait for the transaction.
    if (tx) return this.#lookAt(now, tx);
    this.#looking ??= this.#lookAt(now).finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookAt(now: Instant, tx?: Transaction): Promise<void> {
    await this.#look(tx);
    this.#lookedAt = now;
  }
}

/** Returns the record of one job, read from the registry. */
export function recordedTicks(
  job: string,
  jobRegistry: JobRegistry,
  refresh: RecordRefresher,
): RecordedTicks {
  return {
    refresh: (tx) => refresh.ensureFresh(PLAYERS_REFRESH_MS, tx),
    watermark: (tx, next) => jobRegistry.watermark(job, tx, next),
  };
}
