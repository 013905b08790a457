import type { Prunable } from '../../engine/jobs/prunable.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Transaction } from '../../engine/transactions/transactions.ts';
import type { PlayerAdjusted } from '../events/game-events.ts';
import type { AwardId, SessionId, UserId } from './ids.ts';

/** Whether the job applied a tick, or a call of the player before the job came to it. */
export type AppliedBy = 'job' | 'call';

type Adjustment = PlayerAdjusted['payload'];

/** What support changed, as in the event `PlayerAdjusted`. */
export type AdjustmentDetails = Adjustment extends infer One
  ? One extends Adjustment
    ? Omit<One, 'userId'>
    : never
  : never;

/** What the entries of the log keep that is stored nowhere else, by kind. Instants are numbers. */
export interface RecordedDetails {
  /** The streak before the tick. The rules and the day are those of the tick, which are recorded elsewhere. */
  readonly 'streak-broken': {
    readonly lostStreak: number;
    readonly lastQuizAt: Instant;
    readonly appliedBy: AppliedBy;
  };
  readonly 'streak-protected': {
    readonly currentStreak: number;
    readonly protectionsLeft: number;
    readonly lastQuizAt: Instant;
    readonly appliedBy: AppliedBy;
  };
  readonly 'protection-granted': { readonly protections: number };
  readonly 'award-late': {
    readonly awardId: AwardId;
    readonly board: string;
    readonly period: string;
    readonly amount: number;
  };
  readonly adjusted: AdjustmentDetails;
  readonly renamed: { readonly username: string };
  readonly imported: {
    readonly xp: number;
    readonly currentStreak: number;
    readonly protections: number;
    readonly currentLives: number;
  };
}

/** What other tables of the store say about a player, by kind. */
export interface StoredDetails {
  /** A session that is still active; starting it spent a life. */
  readonly 'quiz-started': { readonly sessionId: SessionId; readonly expiresAt: Instant };
  readonly 'quiz-completed': {
    readonly sessionId: SessionId;
    readonly startedAt: Instant;
  };
  readonly 'quiz-expired': {
    readonly sessionId: SessionId;
    readonly startedAt: Instant;
    readonly expiresAt: Instant;
  };
  /** A life that the host spent under an `idempotencyKey`, and the lives after it. */
  readonly 'life-spent': {
    readonly idempotencyKey: string;
    readonly currentLives: number;
    readonly nextRegenAt: Instant | null;
  };
  /** The last tick that gave a life, and the lives that the player has now. */
  readonly 'life-returned': { readonly currentLives: number; readonly nextRegenAt: Instant | null };
  readonly 'xp-awarded': { readonly awardId: AwardId; readonly amount: number };
  /** The player's final standing in a sealed period. `players` is the number of players in its archive. */
  readonly 'period-sealed': {
    readonly board: string;
    readonly period: string;
    readonly rank: number;
    readonly score: number;
    readonly players: number;
    readonly sealedAt: Instant;
  };
}

type Entries<Details> = {
  [Kind in keyof Details]: {
    readonly userId: UserId;
    /** The tick, or the instant of the call. */
    readonly at: Instant;
    /** Unique among the player's entries of one instant. */
    readonly entry: string;
    readonly kind: Kind;
    readonly details: Details[Kind];
  };
}[keyof Details];

/** An entry that the log keeps itself. */
export type RecordedEntry = Entries<RecordedDetails>;

/** An entry that is read from other tables. */
export type StoredEntry = Entries<StoredDetails>;

/** An entry as it is read. */
export type LogEntry = (RecordedEntry | StoredEntry) & {
  /** When it was written, by the store's clock; `null` if that is not stored. */
  readonly recordedAt: Instant | null;
};

/** The place of an entry: entries are ordered by instant, those of one instant bytewise by `entry`. */
export interface LogCursor {
  readonly at: Instant;
  readonly entry: string;
}

/**
 * What jobs and calls did to each player. It keeps what no other table keeps: broken and protected streaks, late awards,
 * changes by operators. Everything else it reads where it is stored.
 *
 * It shares its store with all repositories of the game, which write the entries of their own decisions (`log` of a
 * `StateChange`) in the same transaction. `playerLogContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface PlayerLog extends Prunable {
  /** Writes entries. One that is known, by player, instant and `entry`, is ignored. */
  append(tx: Transaction, entries: readonly RecordedEntry[]): Promise<void>;

  /**
   * Returns up to `limit` entries about a player, newest first, those of one instant in descending order of `entry`:
   * the recorded ones, and those of sessions (one for each, at its end or start), awards, spends with a key, the last
   * life that a tick gave, and the archives of sealed periods (at the period's end).
   *
   * @param page.before the place of the last entry of the previous page
   */
  read(
    userId: UserId,
    page: { readonly before?: LogCursor; readonly limit: number },
  ): Promise<readonly LogEntry[]>;
}
