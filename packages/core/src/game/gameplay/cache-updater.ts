import type { Logger } from '../../engine/common/logger.ts';
import { backoffMs } from '../../engine/jobs/backoff.ts';
import { errorText } from '../../engine/secrets/error-text.ts';
import { createAbortController } from '../../engine/time/abort.ts';
import { endsWithin, sleep, type Clock } from '../../engine/time/clock.ts';
import { addMs, instant, SECOND_MS, type Instant } from '../../engine/time/instant.ts';
import type { PendingCacheUpdate, PendingCacheUpdates } from '../leaderboards/pending-cache-updates.ts';
import type { CachedBoards } from './cached-boards.ts';

const BATCH = 200;
/** How often updates are looked for that another instance left behind. */
const POLL_MS = 15 * SECOND_MS;
/** How often, and for how long, they are looked for after a call in a transaction of this host's. */
const SOON = { pollMs: 200, forMs: 5 * SECOND_MS };
const RETRY = { initialDelayMs: SECOND_MS, maxDelayMs: 30 * SECOND_MS };

/** The collaborators of a {@link CacheUpdater}. */
export interface CacheUpdaterPorts {
  readonly pending: PendingCacheUpdates;
  readonly cachedBoards: CachedBoards;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Numbers in [0, 1) that spread retries. */
  readonly random: () => number;
}

/**
 * Brings to the leaderboard cache what hosts' transactions have committed, also those of a process that died since.
 * While the cache is unavailable, its updates wait.
 */
export class CacheUpdater {
  readonly #ports: CacheUpdaterPorts;
  readonly #stopping = createAbortController();
  #pause = createAbortController();
  #work: Promise<void> | undefined;
  #soonUntil: Instant = instant(0);
  #failures = 0;

  constructor(ports: CacheUpdaterPorts) {
    this.#ports = ports;
  }

  /** Starts looking for updates. */
  start(): void {
    this.#work ??= this.#applyAll();
  }

  /** Looks more often for a while: a transaction of this host is about to commit an update. */
  expect(): void {
    const { clock } = this.#ports;
    const wasCalm = clock.now() >= this.#soonUntil;
    this.#soonUntil = addMs(clock.now(), SOON.forMs);
    if (wasCalm) this.#pause.abort();
  }

  /** Applies no further batch. Returns whether the current one ended in time. */
  async stop(withinMs: number): Promise<boolean> {
    this.#stopping.abort();
    return endsWithin(this.#ports.clock, this.#work ?? Promise.resolve(), withinMs);
  }

  async #applyAll(): Promise<void> {
    const { clock } = this.#ports;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#pause = createAbortController();
      const pauseMs = await this.#applyBatch();
      await sleep(clock, pauseMs, signal, this.#failures > 0 ? undefined : this.#pause.signal);
    }
  }

  /** Returns after how many milliseconds to look again. */
  async #applyBatch(): Promise<number> {
    const { pending, clock } = this.#ports;
    try {
      const found = await pending.list(BATCH);
      const confirmed = await this.#apply(found);
      if (confirmed.length > 0) await pending.remove(confirmed);
      if (confirmed.length < found.length) return this.#retryMs();
      this.#failures = 0;
      if (found.length === BATCH) return 0;
      return clock.now() < this.#soonUntil ? SOON.pollMs : POLL_MS;
    } catch (error) {
      if (this.#failures === 0)
        this.#ports.logger.warn('pending updates of the leaderboard cache cannot be read, trying again', {
          error: errorText(error),
        });
      return this.#retryMs();
    }
  }

  /** Applies updates in their order, up to the first that the cache does not confirm. Returns the ids of the others. */
  async #apply(found: readonly PendingCacheUpdate[]): Promise<readonly string[]> {
    const confirmed: string[] = [];
    for (const { id, update } of found) {
      if (this.#stopping.signal.aborted || !(await this.#ports.cachedBoards.apply(update))) break;
      confirmed.push(id);
    }
    return confirmed;
  }

  #retryMs(): number {
    this.#failures += 1;
    return backoffMs(RETRY, this.#failures + 1, this.#ports.random());
  }
}
