import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import type { Transaction } from '../transactions/transactions.ts';
import type { JobRegistry } from './job-registry.ts';

/** What the store has on record of a job's ticks, for the rules that apply them to a player. */
export interface RecordedTicks {
  /** Takes over schedules and rules that another instance has recorded, unless that was done lately. */
  refresh(tx?: Transaction): Promise<void>;
  /**
   * Through which instant the job's ticks are settled; `null` where no instance has registered it.
   *
   * @param next as in {@link JobRegistry.watermark}
   */
  watermark(tx?: Transaction, next?: (after: Instant) => Instant | null): Promise<Instant | null>;
}

/** A player's calls see a change that another instance recorded within this. Milliseconds. */
export const PLAYERS_REFRESH_MS = 15_000;

/** A run sees it within this. Milliseconds. */
export const RUNS_REFRESH_MS = 1_000;

/** Looks at the record from time to time, whoever asks. */
export class RecordRefresher {
  readonly #clock: Clock;
  readonly #look: (tx?: Transaction) => Promise<void>;
  #lookedAt: number = -Infinity;
  #looking: Promise<void> | undefined;

  /** @param look reads the record and takes it over */
  constructor(clock: Clock, look: (tx?: Transaction) => Promise<void>) {
    this.#clock = clock;
    this.#look = look;
  }

  /** Looks, unless somebody has since `maxAgeMs` ago. Throws what the look throws. */
  ensureFresh(maxAgeMs: number, tx?: Transaction): Promise<void> {
    const now = this.#clock.now();
    // A clock that was set back must not end the looks.
    if (Math.abs(now - this.#lookedAt) < maxAgeMs) return Promise.resolve();
    // Inside a transaction nobody waits for a look outside of it: that may wait for the transaction.
    if (tx) return this.#lookAt(now, tx);
    this.#looking ??= this.#lookAt(now).finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #lookAt(now: Instant, tx?: Transaction): Promise<void> {
    await this.#look(tx);
    this.#lookedAt = now;
  }
}

/** The record of one job, read from the registry. */
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
