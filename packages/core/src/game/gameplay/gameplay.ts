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
import type { BoardPeriod } from '../leaderboards/board-period.ts';
import type { PlayerLives } from '../lives/player-lives.ts';
import type { Logger } from '../../engine/common/logger.ts';
import { errorText } from '../../engine/secrets/error-text.ts';
import {
  beginSession,
  completeSession,
  type CompletionResult,
  type QuizSession,
} from '../sessions/quiz-session.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import type { SessionRepository } from '../sessions/session-repository.ts';
import type { SessionRules } from '../sessions/session-rules.ts';
import type { GrantProtectionResult, PlayerStreaks } from '../streaks/player-streaks.ts';
import type { StreakRules } from '../streaks/streak-rules.ts';
import type { Streak } from '../streaks/streak.ts';
import type { Clock } from '../../engine/time/clock.ts';
import { DAY_MS, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import { withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import { resolvePlayedAt } from '../../engine/time/played-at.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import { ConcurrentStartError } from './concurrent-start-error.ts';
import { assertAward, assertEnd, assertStart, scoresOf, type QuizEnd, type QuizStart } from './arguments.ts';
import {
  outcomeWithDates,
  sessionWithDates,
  type AwardResult,
  type AwardScores,
  type CompleteQuizResult,
  type StartQuizResult,
} from './results.ts';
import { awardLate } from './award-late.ts';
import { AwardTooOldError } from './award-too-old-error.ts';
import type { Outbox } from '../../engine/events/outbox.ts';
import type { PlayerRepository } from '../players/player-repository.ts';
import type { Outage } from '../../engine/health/outage.ts';
import { Outages } from '../../engine/health/outages.ts';
import { cacheOutage } from '../leaderboards/cache-outage.ts';

/** The collaborators of {@link Gameplay}. */
export interface GameplayPorts {
  readonly transactions: Transactions;
  readonly players: PlayerRepository;
  readonly sessions: SessionRepository;
  readonly awards: AwardRepository;
  readonly periods: PeriodRepository;
  readonly outbox: Outbox;
  readonly cache: LeaderboardCache;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where outages of the cache are reported. If omitted, they are only logged. */
  readonly outages?: Outages;
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

type Completion = CompletionResult | { readonly ok: false; readonly reason: 'unknown-session' };

/**
 * When it happened (default: the clock's current time; at most one minute after it), and the host's transaction to take
 * part in.
 */
export type When = CallOptions;

/** A recorded award, and whether it was too old for boards with periods. */
interface FiledAward extends AwardOutcome {
  readonly allTimeOnly: boolean;
}

/** A start, and whether it changed the player's name. */
interface Started {
  readonly result: StartQuizResult;
  readonly renamed: boolean;
}

/** A completed quiz with its award as stored, or the reason for the refusal. */
type Finished =
  | {
      readonly ok: true;
      readonly session: QuizSession;
      readonly streak: WithDates<Streak>;
      readonly award: FiledAward;
    }
  | Exclude<Completion, { readonly ok: true }>;

const filedWithDates: ToDates<FiledAward> = (award) => ({
  ...outcomeWithDates(award),
  allTimeOnly: award.allTimeOnly,
});

const finishedWithDates: (finished: Finished) => CompleteQuizResult = withDates<Finished>({
  session: sessionWithDates,
  award: filedWithDates,
});

/**
 * The calls that a host makes while people play. Each call runs in one transaction: its own, or (with `tx`) the host's.
 *
 * Refusals are returned with a reason; errors are thrown. A call inside the host's transaction does not update the
 * leaderboard cache, since the transaction may still be rolled back: after the commit, pass the award to {@link
 * updateCachedScores} and a renamed player to {@link updateCachedName}, or leave it to the next recalculation.
 */
export class Gameplay {
  readonly #ports: GameplayPorts;
  readonly #cacheOutage: Outage;

  constructor(ports: GameplayPorts) {
    this.#ports = ports;
    this.#cacheOutage = cacheOutage(ports.outages ?? new Outages(ports));
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
    const start = (): Promise<Started> =>
      this.#transact(when, (tx) => this.#start(tx, quiz, this.#now(when)));
    const { result, renamed } = await start().catch((error: unknown) => {
      // Rolled back here, so a retry finds the other call's session. If the host passed its own transaction, the host
      // must repeat it.
      if (error instanceof ConcurrentStartError && !when.tx) return start();
      throw error;
    });
    if (renamed && !when.tx) await this.updateCachedName(quiz.userId);
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
    const { sessions, streaks } = this.#ports;
    assertEnd(quiz);
    const when = callOptions(options);
    const now = this.#now(when);
    const result = await this.#transact<Finished>(when, async (tx) => {
      const completion = await sessions.change<Completion>(tx, quiz.sessionId, (stored) => {
        if (!stored) return { result: { ok: false, reason: 'unknown-session' } };
        const answer = completeSession(stored, now);
        return { result: answer, ...(answer.ok && { state: answer.session }) };
      });
      if (!completion.ok) return completion;
      const { session } = completion;
      const streak = await streaks.countQuiz(session.userId, { at: now, tx });
      const awardId = quiz.awardId ?? awardIdOf(session.id);
      const award = await this.#award(tx, {
        awardId,
        userId: session.userId,
        amount: quiz.xp,
        earnedAt: now,
      });
      return { ok: true, session, streak, award };
    });
    if (result.ok && !when.tx) await this.#cacheScores(result.award);
    return finishedWithDates(result);
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
    const when = callOptions(options);
    const checked = this.#checked(award, when);
    return filedWithDates(
      await this.#published(when, (tx) => this.#withPlayer(tx, checked, () => this.#award(tx, checked))),
    );
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
    callOptions(options);
    const checked = this.#checked(award, {});
    const { awards } = this.#ports;
    if (award.earnedAt === undefined)
      throw new InvalidOptionError(
        'earnedAt',
        award.earnedAt,
        'must be the instant at which the XP was earned',
      );
    return outcomeWithDates(
      await this.#published(options, (tx) =>
        this.#withPlayer(tx, checked, () => awards.record(tx, checked, this.#boardsWithoutEnd)),
      ),
    );
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
   * call it after the commit. If the cache is unavailable, the next recalculation repairs it.
   *
   * @param award what {@link awardXp}, {@link importXp} or {@link completeQuiz} returned; its instants may be ISO
   *   text, as after a round trip through JSON
   * @throws {InvalidOptionError} {@link InvalidInstantError} if it is not an award
   */
  async updateCachedScores(award: AwardScores): Promise<void> {
    await this.#cacheScores({ scores: scoresOf(award) });
  }

  async #cacheScores({ scores }: Pick<AwardOutcome, 'scores'>): Promise<void> {
    for (const { board, period, score } of scores) {
      await this.#updateCache({ board, period }, (cache, at) => cache.record(at, score));
    }
  }

  /**
   * Updates the cached leaderboards with a player's current name. Calls outside a host's transaction do this
   * themselves; after one that renamed a player inside the host's transaction, call it after the commit. If the cache
   * is unavailable, the next recalculation repairs it.
   */
  async updateCachedName(userId: UserId): Promise<void> {
    const { boards, periods, clock, logger, players } = this.#ports;
    checkedUser(userId);
    try {
      const player = await players.find(userId);
      if (!player) return;
      const now = clock.now();
      await Promise.all(
        boards.map(async (board) => {
          const { period } = await periods.periodAt(board, now);
          await this.#updateCache({ board, period }, (cache, at) => cache.rename(at, player));
        }),
      );
    } catch (error) {
      // The name is committed: the caller must not get an error for a quiz that has started.
      logger.warn(
        'a new name could not be read for the leaderboard caches; the next recalculation shows it',
        {
          player: userId,
          error: errorText(error),
        },
      );
    }
  }

  /**
   * A cache failure never fails the call: it is recorded as an outage, and the next recalculation repairs the cache.
   */
  async #updateCache(
    at: BoardPeriod,
    update: (cache: LeaderboardCache, at: BoardPeriod) => Promise<void>,
  ): Promise<void> {
    try {
      await update(this.#ports.cache, at);
      this.#cacheOutage.succeeded('update');
    } catch (error) {
      this.#cacheOutage.failed('update', error, { board: at.board.key, period: at.period.key });
    }
  }

  async #start(tx: Transaction, quiz: QuizStart, now: Instant): Promise<Started> {
    const { sessions, players, lives, rules, newId } = this.#ports;
    const { userId, username } = quiz;
    const id = quiz.sessionId ?? checkedSession(newId());
    const existing = quiz.sessionId === undefined ? null : await sessions.find(id, tx);
    if (existing) {
      if (existing.userId !== userId)
        throw new InvalidOptionError('sessionId', id, 'must be a session of this player');
      const left = await lives.read(userId, { at: now, tx });
      return { result: { ok: true, session: sessionWithDates(existing), lives: left }, renamed: false };
    }
    const protections = asRulesInForce(rules.streaks).at(now).initialProtections;
    const player = { userId, protections, ...(username !== undefined && { username }) };
    const renamed = await players.upsert(tx, player);
    const spent = await lives.spend(userId, { at: now, tx });
    if (!spent.ok) return { result: spent, renamed };
    const session = beginSession(id, userId, now, rules.sessions);
    await sessions.change(tx, id, (stored) => {
      if (stored) throw new ConcurrentStartError(id);
      return { state: session, result: null };
    });
    return { result: { ok: true, session: sessionWithDates(session), lives: spent.lives }, renamed };
  }

  async #award(tx: Transaction, award: XpAward): Promise<FiledAward> {
    const { boards, awards, outbox, clock, rules } = this.#ports;
    const { maxAwardAgeDays, oldAwards } = rules.leaderboards;
    const now = clock.now();
    const allTimeOnly = now - award.earnedAt > maxAwardAgeDays * DAY_MS;
    if (allTimeOnly && oldAwards === 'refuse') throw new AwardTooOldError(award, { now, maxAwardAgeDays });
    const outcome = await awards.record(tx, award, allTimeOnly ? this.#boardsWithoutEnd : boards);
    if (outcome.late.length > 0) {
      await outbox.append(
        tx,
        outcome.late.map((filing) => awardLate(award, filing)),
      );
    }
    return { ...outcome, allTimeOnly };
  }

  get #boardsWithoutEnd(): readonly Board[] {
    return this.#ports.boards.filter(({ period }) => period === 'all');
  }

  #checked(
    award: Omit<XpAward, 'earnedAt'> & { readonly earnedAt?: InstantLike },
    when: CheckedOptions,
  ): XpAward {
    assertAward(award);
    const { awardId, userId, amount } = award;
    return {
      awardId,
      userId,
      amount,
      earnedAt: resolvePlayedAt(this.#now(when), award.earnedAt, 'earnedAt'),
    };
  }

  /** Creates the player, if new, before the work. */
  async #withPlayer<Result>(
    tx: Transaction,
    { userId }: XpAward,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { clock, players, rules } = this.#ports;
    const protections = asRulesInForce(rules.streaks).at(clock.now()).initialProtections;
    await players.upsert(tx, { userId, protections });
    return work();
  }

  async #published<Outcome extends AwardOutcome>(
    when: CheckedOptions,
    work: (tx: Transaction) => Promise<Outcome>,
  ): Promise<Outcome> {
    const outcome = await this.#transact(when, work);
    if (!when.tx) await this.#cacheScores(outcome);
    return outcome;
  }

  #now(when: CheckedOptions): Instant {
    return resolvePlayedAt(this.#ports.clock.now(), when.at);
  }

  #transact<Result>(when: CheckedOptions, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return when.tx ? work(when.tx) : this.#ports.transactions.run(work);
  }
}
