import { InvalidOptionError } from '../../engine/common/errors.ts';
import { callOptions, type CallOptions, type CheckedOptions } from './call-options.ts';
import {
  awardIdOf,
  sessionId as checkedSession,
  userId as checkedUser,
  type UserId,
} from '../players/ids.ts';
import type { Board } from '../leaderboards/board.ts';
import type { LeaderboardCache } from '../leaderboards/leaderboard-cache.ts';
import type { LeaderboardRules } from '../leaderboards/leaderboard-rules.ts';
import type { AwardOutcome, AwardRepository, XpAward } from '../leaderboards/award-repository.ts';
import type { PeriodRepository } from '../leaderboards/period-repository.ts';
import { livesWithDates, type PlayerLives } from '../lives/player-lives.ts';
import type { Logger } from '../../engine/common/logger.ts';
import { beginSession, completeSession, type QuizSession } from '../sessions/quiz-session.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import type { SessionRules } from '../sessions/session-rules.ts';
import {
  streakWithDates,
  type GrantProtectionResult,
  type PlayerStreaks,
} from '../streaks/player-streaks.ts';
import type { StreakRules } from '../streaks/streak-rules.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { Instant, InstantLike } from '../../engine/time/instant.ts';
import type { WithDates } from '../../engine/time/with-dates.ts';
import { resolvePlayedAt } from '../../engine/time/played-at.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import { ConcurrentStartError } from './concurrent-start-error.ts';
import { assertEnd, assertStart, scoresOf, type QuizEnd, type QuizStart } from './arguments.ts';
import {
  outcomeWithDates,
  sessionWithDates,
  type AwardResult,
  type AwardScores,
  type CompleteQuizResult,
  type StartQuizResult,
} from './results.ts';
import type { Outbox } from '../../engine/events/outbox.ts';
import type { PlayerLog } from '../players/player-log.ts';
import type { PlayerRepository } from '../players/player-repository.ts';
import type { Outages } from '../../engine/health/outages.ts';
import { CachedBoards } from './cached-boards.ts';
import { XpAwards, type Filing } from './xp-awards.ts';
import type {
  CompletedQuiz,
  CompletionRules,
  QuizStore,
  QuizToComplete,
  QuizToStart,
  StartedQuiz,
} from './quiz-store.ts';

/** The collaborators of {@link Gameplay}. */
export interface GameplayPorts {
  readonly transactions: Transactions;
  readonly quizzes: QuizStore;
  readonly players: PlayerRepository;
  readonly playerLog: PlayerLog;
  readonly awards: AwardRepository;
  readonly periods: PeriodRepository;
  readonly outbox: Outbox;
  readonly cache: LeaderboardCache;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where outages of the cache are reported. If omitted, they are only logged. */
  readonly outages?: Outages;
  /** What updates the cached boards. Default: one that makes no updates for hosts' transactions. */
  readonly cachedBoards?: CachedBoards;
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly boards: readonly Board[];
  readonly rules: {
    readonly sessions: SessionRules;
    readonly streaks: RulesSource<StreakRules>;
    readonly leaderboards: Pick<LeaderboardRules, 'maxAwardAgeDays' | 'oldAwards'>;
  };
  /** Returns a new id for a session to which the host gives no id. */
  readonly newId: () => string;
}

/**
 * When it happened (default: the clock's current time; at most one minute after it), and the host's transaction to take
 * part in.
 */
export type When = CallOptions;

/** A start, and whether it changed the player's name. */
interface Started {
  readonly result: StartQuizResult;
  readonly renamed: boolean;
}

/**
 * The calls that a host makes while people play. Each call runs in one transaction: its own, or (with `tx`) the host's.
 *
 * Refusals are returned with a reason; errors are thrown. A call inside the host's transaction does not update the
 * leaderboard cache at once, since the transaction may still be rolled back. It keeps the update in the transaction, and
 * a running host makes it within a second of the commit; if this one dies, another host does within some seconds. To show
 * it at once, pass the award to {@link updateCachedScores} and a renamed player to {@link updateCachedName} after the
 * commit.
 */
export class Gameplay {
  readonly #ports: GameplayPorts;
  readonly #cached: CachedBoards;
  readonly #awards: XpAwards;

  constructor(ports: GameplayPorts) {
    this.#ports = ports;
    this.#cached = ports.cachedBoards ?? new CachedBoards(ports);
    this.#awards = new XpAwards(ports, this.#cached);
  }

  /**
   * Starts a quiz: spends a life and creates a session, or refuses with `no-lives`. The first start creates the
   * player, with full lives. If the session id exists, returns that session and spends nothing.
   *
   * @param quiz.sessionId an id that the host chooses; default: a new one
   * @param quiz.username the name to show on leaderboards, at most {@link MAX_NAME_LENGTH} characters; if it changes,
   *   the cached boards show it right after the commit
   * @throws {InvalidOptionError} for an invalid id or name, and if the session belongs to another player
   * @throws {ConcurrentStartError} inside a host's transaction, if another call starts the same session at the same
   *   time
   */
  async startQuiz(quiz: QuizStart, options: When = {}): Promise<StartQuizResult> {
    assertStart(quiz);
    const when = callOptions(options);
    const start = async (): Promise<Started> => {
      const { toStart, spend } = this.#toStart(quiz, this.#now(when));
      const atOnce = when.tx ? null : await this.#ports.quizzes.startAtOnce?.(toStart, await spend());
      if (atOnce) return this.#started(quiz, toStart, atOnce);
      return this.#transact(when, async (tx) => {
        const started = await this.#ports.quizzes.start(tx, toStart, await spend(tx));
        await this.#logName(tx, toStart, started);
        return this.#started(quiz, toStart, started, tx);
      });
    };
    const { result, renamed } = await start().catch((error: unknown) => {
      // Rolled back here, so a retry finds the other call's session. If the host passed its own transaction, the host
      // must repeat it.
      if (error instanceof ConcurrentStartError && !when.tx) return start();
      throw error;
    });
    if (renamed) await this.#cached.showName(quiz.userId, when.tx);
    return result;
  }

  /**
   * Completes a quiz: counts it for the streak and awards its XP, earned at this instant; or refuses. Refused at or
   * after `expiresAt`, whether or not a cleanup run has expired the session.
   *
   * @param quiz.xp a whole number, at least 0
   * @param quiz.awardId the award's id; default: derived from the session's
   * @throws {InvalidOptionError} {@link AwardTooOldError} as {@link awardXp}
   */
  async completeQuiz(quiz: QuizEnd, options: When = {}): Promise<CompleteQuizResult> {
    assertEnd(quiz);
    const when = callOptions(options);
    const now = this.#now(when);
    const filing = this.#awards.filingOf(now);
    const atOnce = when.tx ? null : await this.#completeAtOnce(quiz, now, filing);
    const completed = atOnce ?? (await this.#transact(when, (tx) => this.#complete(tx, quiz, now, filing)));
    if (!completed.ok)
      return 'session' in completed
        ? { ...completed, session: sessionWithDates(completed.session) }
        : completed;
    const { session, streak, award } = completed;
    await this.#cached.showScores(session.userId, award, when.tx);
    return {
      ok: true,
      session: sessionWithDates(session),
      streak: streakWithDates(streak),
      award: { ...outcomeWithDates(award), allTimeOnly: filing.allTimeOnly },
    };
  }

  /**
   * Awards XP. On each board, it counts for the period in which it was earned. Repeating an award id counts once. If
   * that period is already sealed, the award does not count there; this is reported in `late` and by the event
   * `AwardLate`.
   *
   * @param award.amount a whole number, at least 0; 0 adds the player to the boards without changing scores
   * @param award.earnedAt default: now; at most one minute after this host's clock, and at most
   *   `rules.leaderboards.maxAwardAgeDays` before it
   * @throws {InvalidOptionError} {@link InvalidInstantError} for invalid values; nothing was changed
   * @throws {AwardTooOldError} for XP earned before that, unless `rules.leaderboards.oldAwards` is `all-time`
   */
  async awardXp(
    award: Omit<XpAward, 'earnedAt'> & { readonly earnedAt?: InstantLike },
    options: When = {},
  ): Promise<AwardResult> {
    return this.#awards.award(award, callOptions(options));
  }

  /**
   * Imports XP earned in the past, however old: it counts for the player's XP and on boards without periods, once per
   * award id. Boards with periods ignore it, and no event is written.
   *
   * @param award.earnedAt not in the future
   * @throws {InvalidOptionError} {@link InvalidInstantError} for invalid values; nothing was changed
   */
  async importXp(
    award: Omit<XpAward, 'earnedAt'> & { readonly earnedAt: InstantLike },
    options: { readonly tx?: Transaction } = {},
  ): Promise<WithDates<AwardOutcome>> {
    return this.#awards.import(award, callOptions(options));
  }

  /** Grants a player one more streak protection, unless the player has the maximum. */
  async grantProtection(userId: UserId, options: When = {}): Promise<GrantProtectionResult> {
    const { streaks } = this.#ports;
    const when = callOptions(options);
    checkedUser(userId);
    return this.#transact(when, (tx) => streaks.grantProtection(userId, { at: this.#now(when), tx }));
  }

  /**
   * Updates the cached leaderboards with an award. Calls outside a host's transaction do this themselves; inside one,
   * call it after the commit if the boards must show it at once. If the cache is unavailable, the update is made later.
   *
   * @param award what {@link awardXp}, {@link importXp} or {@link completeQuiz} returned; its instants may be ISO
   *   text, as after a round trip through JSON
   * @throws {InvalidOptionError} {@link InvalidInstantError} if it is not an award
   */
  async updateCachedScores(award: AwardScores): Promise<void> {
    await this.#cached.updateScores({ scores: scoresOf(award) });
  }

  /**
   * Updates the cached leaderboards with a player's current name. Calls outside a host's transaction do this
   * themselves; after one that renamed a player inside the host's transaction, call it after the commit if the boards
   * must show it at once.
   */
  async updateCachedName(userId: UserId): Promise<void> {
    checkedUser(userId);
    await this.#cached.updateName(userId);
  }

  /** Returns the quiz to start, and what decides on the lives; that reads the recorded ticks. */
  #toStart(
    { userId, username, sessionId }: QuizStart,
    now: Instant,
  ): {
    readonly toStart: QuizToStart;
    readonly spend: (tx?: Transaction) => ReturnType<PlayerLives['spendDecision']>;
  } {
    const { lives, rules, newId } = this.#ports;
    const id = sessionId ?? checkedSession(newId());
    return {
      toStart: {
        session: beginSession(id, userId, now, rules.sessions),
        mayExist: sessionId !== undefined,
        protections: asRulesInForce(rules.streaks).at(now).initialProtections,
        ...(username !== undefined && { username }),
      },
      spend: (tx) => lives.spendDecision(tx, userId, now),
    };
  }

  async #logName(
    tx: Transaction,
    { session: { userId, startedAt: at }, username }: QuizToStart,
    started: StartedQuiz,
  ): Promise<void> {
    if (started.existing || !started.renamed || username === undefined) return;
    const entry = { userId, at, entry: 'renamed', kind: 'renamed', details: { username } } as const;
    await this.#ports.playerLog.append(tx, [entry]);
  }

  async #started(
    { userId }: QuizStart,
    { session: begun }: QuizToStart,
    started: StartedQuiz,
    tx?: Transaction,
  ): Promise<Started> {
    if (started.existing) {
      const { existing } = started;
      if (existing.userId !== userId)
        throw new InvalidOptionError('sessionId', begun.id, 'must be a session of this player');
      const at = begun.startedAt;
      const left = await this.#ports.lives.read(userId, { at, ...(tx && { tx }) });
      return { result: { ok: true, session: sessionWithDates(existing), lives: left }, renamed: false };
    }
    const { spent, renamed } = started;
    const result: StartQuizResult = spent.ok
      ? { ok: true, session: sessionWithDates(begun), lives: livesWithDates(spent.lives) }
      : { ok: false, reason: spent.reason, lives: livesWithDates(spent.lives) };
    return { result, renamed };
  }

  async #complete(tx: Transaction, quiz: QuizEnd, now: Instant, filing: Filing): Promise<CompletedQuiz> {
    const { toComplete, rules, awardOf } = await this.#toComplete(quiz, now, filing, tx);
    const completed = await this.#ports.quizzes.complete(tx, toComplete, rules);
    if (completed.ok) await this.#awards.reportLate(tx, awardOf(completed.session), completed.award);
    return completed;
  }

  async #completeAtOnce(quiz: QuizEnd, now: Instant, filing: Filing): Promise<CompletedQuiz | null> {
    const { quizzes } = this.#ports;
    if (!quizzes.completeAtOnce) return null;
    const { toComplete, rules } = await this.#toComplete(quiz, now, filing);
    return quizzes.completeAtOnce(toComplete, rules);
  }

  async #toComplete(
    { sessionId, xp, awardId }: QuizEnd,
    now: Instant,
    { boards, assertAccepted }: Filing,
    tx?: Transaction,
  ): Promise<{
    readonly toComplete: QuizToComplete;
    readonly rules: CompletionRules;
    readonly awardOf: CompletionRules['award'];
  }> {
    const awardOf = ({ id, userId }: QuizSession): XpAward => {
      const award = { awardId: awardId ?? awardIdOf(id), userId, amount: xp, earnedAt: now };
      assertAccepted(award);
      return award;
    };
    return {
      toComplete: { sessionId, boards, earnedAt: now },
      rules: {
        end: (stored) => (stored ? completeSession(stored, now) : { ok: false, reason: 'unknown-session' }),
        count: await this.#ports.streaks.countDecision(tx, now),
        award: awardOf,
      },
      awardOf,
    };
  }

  #now(when: CheckedOptions): Instant {
    return resolvePlayedAt(this.#ports.clock.now(), when.at);
  }

  #transact<Result>(when: CheckedOptions, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return when.tx ? work(when.tx) : this.#ports.transactions.run(work);
  }
}
