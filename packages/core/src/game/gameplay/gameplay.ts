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

/** What {@link Gameplay} works with. */
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
  /** Where it is told that the cache cannot be written to. Without them, in the log alone. */
  readonly outages?: Outages;
  readonly lives: PlayerLives;
  readonly streaks: PlayerStreaks;
  readonly boards: readonly Board[];
  readonly rules: {
    readonly sessions: SessionRules;
    readonly streaks: RulesSource<StreakRules>;
    readonly leaderboards: Pick<LeaderboardRules, 'maxAwardAgeDays' | 'oldAwards'>;
  };
  /** A fresh id, for sessions that the host gives none. */
  readonly newId: () => string;
}

type Completion = CompletionResult | { readonly ok: false; readonly reason: 'unknown-session' };

/**
 * When it happened (the clock's present unless given, and at most a minute ahead of it), and a transaction of the
 * host's to take part in.
 */
export type When = CallOptions;

/** An award that was filed, and whether its age kept it from boards that end. */
interface FiledAward extends AwardOutcome {
  readonly allTimeOnly: boolean;
}

/** A start, and whether it gave the player another name. */
interface Started {
  readonly result: StartQuizResult;
  readonly renamed: boolean;
}

/** A quiz that was finished, with the award as the stores give it; or what it is refused with. */
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
 * What a host calls as people play. Each call is one transaction, its own or (with `tx`) the host's.
 *
 * Refusals are answers with a reason; what throws is a fault. A call inside the host's transaction leaves the
 * leaderboard cache alone, since nobody knows yet whether it commits: pass the award to {@link updateCachedScores}, and whoever was
 * renamed to {@link updateCachedName}, afterwards, or leave it to the next recalculation.
 */
export class Gameplay {
  readonly #ports: GameplayPorts;
  readonly #cacheOutage: Outage;

  constructor(ports: GameplayPorts) {
    this.#ports = ports;
    this.#cacheOutage = cacheOutage(ports.outages ?? new Outages(ports));
  }

  /**
   * Starts a quiz: spends a life and opens a session, or refuses with `no-lives`. The first start makes a player known,
   * with full lives. Starting a session of an id that exists answers that session and spends nothing.
   *
   * @param quiz.sessionId an id of the host's; a new one unless given
   * @param quiz.username the name to show on leaderboards, at most {@link MAX_NAME_LENGTH} characters; where it is
   *   another than before, the cached boards show it right after the commit
   * @throws {InvalidOptionError} for what is no id and no name, and when the session exists and is another player's
   * @throws {ConcurrentStartError} inside a host's transaction, when another call begins the same session meanwhile
   */
  async startQuiz(quiz: QuizStart, options: When = {}): Promise<StartQuizResult> {
    assertStart(quiz);
    const when = callOptions(options);
    const start = (): Promise<Started> =>
      this.#transact(when, (tx) => this.#start(tx, quiz, this.#now(when)));
    const { result, renamed } = await start().catch((error: unknown) => {
      // Undone here, and the other call's session is found; a transaction of the host's is the host's to repeat.
      if (error instanceof ConcurrentStartError && !when.tx) return start();
      throw error;
    });
    if (renamed && !when.tx) await this.updateCachedName(quiz.userId);
    return result;
  }

  /**
   * Finishes a quiz: counts it for the streak and awards its XP, earned at this instant; or refuses. At or after
   * `expiresAt` it is refused, whether a sweep has come by or not.
   *
   * @param quiz.xp a whole number from 0 on
   * @param quiz.awardId the award's id; made from the session's unless given
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
   * Awards XP, filed by when it was earned into the period of each board that contains that instant. The same award id
   * twice counts once. Where the period is sealed already it does not count, which is reported in `late` and by the event
   * `AwardLate`.
   *
   * @param award.amount a whole number from 0 on; 0 puts the player on the boards and moves nobody there
   * @param award.earnedAt now unless given; at most a minute ahead of this host's clock, and at most
   *   `rules.leaderboards.maxAwardAgeDays` before it
   * @throws {InvalidOptionError} {@link InvalidInstantError} for values that cannot be; nothing was changed
   * @throws {AwardTooOldError} for XP that was earned before that, unless `rules.leaderboards.oldAwards` is `all-time`
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
   * Takes over XP from before, however old: it counts for the player's XP and on boards without end, once for each
   * award id. Boards with periods do not see it, and no event is written.
   *
   * @param award.earnedAt not in the future
   * @throws {InvalidOptionError} {@link InvalidInstantError} for values that cannot be; nothing was changed
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

  /** Grants a player one more streak protection, unless they hold the most already. */
  async grantProtection(userId: UserId, options: When = {}): Promise<GrantProtectionResult> {
    const { streaks } = this.#ports;
    const when = callOptions(options);
    checkedUser(userId);
    return this.#transact(when, (tx) => streaks.grantProtection(userId, { at: this.#now(when), tx }));
  }

  /**
   * Shows an award on the cached leaderboards. Done already by calls outside a host's transaction; after one, call it
   * when the transaction has committed. A cache that cannot be reached is repaired by the next recalculation.
   *
   * @param award what {@link awardXp}, {@link importXp} or {@link completeQuiz} returned of it; its instants may be ISO
   *   text, where it has been JSON meanwhile
   * @throws {InvalidOptionError} {@link InvalidInstantError} for what is no award
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
   * Shows the name that a player has now on the cached leaderboards. Done already by calls outside a host's transaction;
   * after one that has renamed a player, call it when the transaction has committed. A cache that cannot be reached is
   * repaired by the next recalculation.
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
      // The name is committed: whoever has started a quiz must not be told that it failed.
      logger.warn(
        'a new name could not be read for the leaderboard caches; the next recalculation shows it',
        {
          player: userId,
          error: errorText(error),
        },
      );
    }
  }

  /** One that cannot be reached fails no play: its outage is told, and the next recalculation repairs it. */
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

  /** Makes a player known before the work. */
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
