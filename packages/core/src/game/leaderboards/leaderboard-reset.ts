import type { BatchProgress } from '../../engine/jobs/batch-progress.ts';
import type { LeaderboardReset } from '../events/game-events.ts';
import type { Outbox } from '../../engine/events/outbox.ts';
import { defineJob, type Batch, type JobDefinition } from '../../engine/jobs/job-definition.ts';
import { DAY_MS, MINUTE_MS, instant, addMs, type Instant } from '../../engine/time/instant.ts';
import { resetSchedule, type Board } from './board.ts';
import type { LeaderboardCache } from './leaderboard-cache.ts';
import type { ScorePages } from './standing.ts';
import type { LeaderboardRules } from './leaderboard-rules.ts';
import type { BoundedPeriod, Period } from './period.ts';
import { PeriodNotOverError } from './period-not-over-error.ts';
import type { PeriodRepository } from './period-repository.ts';
import type { PeriodResets } from './period-resets.ts';
import type { RankingRepository } from './ranking-repository.ts';

interface Ports {
  readonly periods: PeriodRepository;
  readonly periodResets: PeriodResets;
  readonly rankings: RankingRepository;
  readonly cache: LeaderboardCache;
  readonly outbox: Outbox;
  readonly rules: LeaderboardRules;
}

/** The steps of a reset after sealing, in order. Each can be continued after a crash. */
type Step = 'archive' | 'carry-over' | 'fill-cache' | 'drop-cache' | 'clear' | 'announce';

/**
 * The progress of a reset: at a step of a period, or (`null` at the start of a run, `'next'` later) before choosing
 * one.
 */
type Checkpoint =
  | 'next'
  | {
      readonly step: Step;
      /** The period as it was opened: the board's definition may have changed since. */
      readonly period: { readonly key: string; readonly startsAt: number; readonly endsAt: number };
      readonly after: BatchProgress['next'];
      readonly players: number;
    };

/**
 * A player's first award of a period waits for the batch that adds the player to the board, so batches must be short.
 */
const CARRIED_AT_ONCE = 5_000;

/** Returns the name of the job that resets a board. */
export function resetJobName(board: Board): string {
  return `leaderboard-reset-${board.key}`;
}

/**
 * Returns the job that closes a board's periods: seals the period, archives its final standings, keeps every player on
 * the board at 0, and writes the event `LeaderboardReset`. Readers never wait for it: they use the new period from its
 * first millisecond. After downtime, it closes all open periods, oldest first, and finishes resets that a failed run
 * left unfinished. `null` for a board whose period never ends.
 *
 * Only periods that have ended by the tick are closed, with the range that they were opened with: with a custom
 * schedule, the job closes the latest ended one.
 */
export function leaderboardReset(board: Board, ports: Ports): JobDefinition | null {
  const schedule = resetSchedule(board);
  if (!schedule) return null;
  return defineJob<Checkpoint>({
    name: resetJobName(board),
    schedule,
    missedTicks: 'every',
    supportsDryRun: true,
    catchUpWindowMs: 400 * DAY_MS,
    delayMs: ports.rules.sealGraceSeconds * 1_000,
    // A sealed period waits to be archived, and the next tick may be a month away.
    retryRun: { maxAttempts: 1_000, initialDelayMs: 5_000, maxDelayMs: MINUTE_MS },
    // No caller waits for a sealed period, and writing many rows in index order is more efficient.
    targetBatchMs: 1_000,
    batch: (batch) => new Reset(board, ports, batch).next(),
  });
}

/** One batch of a reset. */
class Reset {
  readonly #board: Board;
  readonly #ports: Ports;
  readonly #batch: Batch<Checkpoint>;

  constructor(board: Board, ports: Ports, batch: Batch<Checkpoint>) {
    this.#board = board;
    this.#ports = ports;
    this.#batch = batch;
  }

  async next(): Promise<BatchProgress<Checkpoint>> {
    const { checkpoint } = this.#batch;
    if (checkpoint === null || checkpoint === 'next') return this.#seal();
    const { step, players } = checkpoint;
    const { key, startsAt, endsAt } = checkpoint.period;
    const period = { key, startsAt: instant(startsAt), endsAt: instant(endsAt) };
    switch (step) {
      case 'archive':
        return this.#inBatches('archive', 'carry-over', period, players);
      case 'carry-over':
        return this.#inBatches('carry-over', 'fill-cache', period, players);
      case 'fill-cache':
        if (!this.#batch.dryRun) await this.#fillCache();
        return this.#then('drop-cache', period, players);
      case 'drop-cache':
        // The ended period is not read any more: an unavailable cache must not block the reset.
        if (!this.#batch.dryRun)
          await this.#ports.cache.drop({ board: this.#board, period }).catch(() => undefined);
        return this.#then('clear', period, players);
      case 'clear':
        return this.#inBatches('clear', 'announce', period, players);
      case 'announce':
        return this.#announce(period, players);
    }
  }

  /** Seals the oldest ended period that is not finished, or finds that there is none. */
  async #seal(): Promise<BatchProgress<Checkpoint>> {
    const { periodResets } = this.#ports;
    const { tx, asOf } = this.#batch;
    const [oldest] = await periodResets.unfinished(this.#board, asOf, tx);
    if (!oldest) {
      const empty = await this.#emptyPeriod();
      return empty ? this.#sealed(empty, null) : { processed: 0, next: null };
    }
    const { sealedAt, players, ...period } = oldest;
    // An earlier run sealed it and failed before the end. If all players are archived, some scores may already be
    // cleared.
    return players === null ? this.#sealed(period, sealedAt) : this.#then('carry-over', period, players);
  }

  async #sealed(period: BoundedPeriod, sealedAt: Instant | null): Promise<BatchProgress<Checkpoint>> {
    const { tx, asOf, dryRun } = this.#batch;
    const at = { board: this.#board, period };
    if (sealedAt === null && !(await this.#ports.periodResets.seal(tx, at, asOf, { dryRun })))
      throw new PeriodNotOverError(this.#board, period);
    return this.#then('archive', period, 0);
  }

  /**
   * Returns the period that ended last, if no player has played in it. Earlier empty periods are skipped: they were
   * never shown.
   */
  async #emptyPeriod(): Promise<BoundedPeriod | null> {
    const { periods } = this.#ports;
    const { tx, asOf } = this.#batch;
    const current = await periods.periodAt(this.#board, asOf, tx);
    const lastInstant = addMs(closing(current.period).startsAt, -1);
    const last = await periods.periodAt(this.#board, lastInstant, tx);
    const { startsAt, endsAt } = closing(last.period);
    if (last.isStored || endsAt > asOf) return null;
    // With a custom schedule, a board may be new: the period before its first never existed.
    const known = await periods.list(this.#board, { limit: 2 }, tx);
    const wasThere = known.some((period) => period.endsAt !== null && period.endsAt <= startsAt);
    if (endsAt < asOf && !wasThere) return null;
    return closing(await periods.open(tx, this.#board, lastInstant));
  }

  async #inBatches(
    step: 'archive' | 'carry-over' | 'clear',
    following: Step,
    period: BoundedPeriod,
    players: number,
  ): Promise<BatchProgress<Checkpoint>> {
    const { periodResets, periods } = this.#ports;
    const { tx, limit, checkpoint } = this.#batch;
    const after = typeof checkpoint === 'object' && checkpoint !== null ? checkpoint.after : null;
    const batch = { board: this.#board, period, after, limit };
    if (step === 'archive') {
      const { processed, next } = await periodResets.archive(tx, batch);
      const total = players + processed;
      return { ...this.#then(next === null ? following : step, period, total, next), processed };
    }
    const { next } =
      step === 'clear'
        ? await periodResets.clear(tx, batch)
        : await periodResets.carryOver(tx, {
            ...batch,
            limit: Math.min(limit, CARRIED_AT_ONCE),
            to: closing(await periods.open(tx, this.#board, this.#batch.asOf)),
          });
    return this.#then(next === null ? following : step, period, players, next);
  }

  /** Adds the carried-over players to the cache. An unavailable cache must not block the reset. */
  async #fillCache(): Promise<void> {
    const { periods, rankings, cache } = this.#ports;
    const { tx, asOf } = this.#batch;
    const { period } = await periods.periodAt(this.#board, asOf, tx);
    const at = { board: this.#board, period };
    const pages = await rankings.allScores(tx, at);
    let truthFailed = false;
    const truth: ScorePages = async (page) => {
      truthFailed = true;
      const scores = await pages(page);
      truthFailed = false;
      return scores;
    };
    try {
      await cache.reconcile(at, truth);
    } catch (error) {
      if (truthFailed) throw error;
    }
  }

  async #announce(period: BoundedPeriod, players: number): Promise<BatchProgress<Checkpoint>> {
    const { tx, asOf } = this.#batch;
    const event: LeaderboardReset = {
      type: 'LeaderboardReset',
      key: `LeaderboardReset:${this.#board.key}:${period.key}`,
      occurredAt: asOf,
      payload: { board: this.#board.key, period: period.key, players },
    };
    await this.#ports.outbox.append(tx, [event]);
    await this.#ports.periodResets.finish(tx, { board: this.#board, period }, asOf);
    return { processed: 0, next: 'next' };
  }

  #then(
    step: Step,
    period: BoundedPeriod,
    players: number,
    after: BatchProgress['next'] = null,
  ): BatchProgress<Checkpoint> {
    return { processed: 0, next: { step, period: { ...period }, after, players } };
  }
}

function closing({ key, startsAt, endsAt }: Period): BoundedPeriod {
  if (startsAt === null || endsAt === null) throw new TypeError(`period ${key} never ends`);
  return { key, startsAt, endsAt };
}
