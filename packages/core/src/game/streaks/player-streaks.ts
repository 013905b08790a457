import { callOptions, type CallOptions } from '../gameplay/call-options.ts';
import type { Decision } from '../players/decision.ts';
import { userId as checkedUser, type UserId } from '../players/ids.ts';
import type { RecordedEntry } from '../players/player-log.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { RecordedTicks } from '../../engine/jobs/recorded-ticks.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import { addMs, type Instant } from '../../engine/time/instant.ts';
import { resolvePlayedAt } from '../../engine/time/played-at.ts';
import { nextElapsedTick, timeZoneAt, type Schedule } from '../../engine/time/schedule.ts';
import { localDate, type LocalDate } from '../../engine/time/zones.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import type { StreakRepository } from './streak-repository.ts';
import type { StreakRules } from './streak-rules.ts';
import { toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import { countQuiz, freshStreak, applyDueStreakTicks, type Streak } from './streak.ts';

/** The collaborators of {@link PlayerStreaks}. */
export interface PlayerStreaksPorts {
  readonly streaks: StreakRepository;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules: RulesSource<StreakRules>;
  /**
   * The schedule of the streak job, limited to ticks that apply to players; player calls apply its due ticks. Its time
   * zone defines what a day is.
   */
  readonly schedule: Schedule;
  /** The recorded ticks, for quizzes that are recorded late. If omitted, none counts as late. */
  readonly ticks?: RecordedTicks;
}

/** The result of granting a protection. */
export type GrantProtectionResult =
  | { readonly ok: true; readonly streak: WithDates<Streak> }
  | { readonly ok: false; readonly reason: 'at-maximum'; readonly streak: WithDates<Streak> };

/** A player's streak as a host receives it. */
export const streakWithDates: ToDates<Streak> = withDates<Streak>({ lastQuizAt: toDate });

/** The calls of a host that change or read a player's streak. Every call first applies due ticks. */
export class PlayerStreaks {
  readonly #ports: PlayerStreaksPorts;

  constructor(ports: PlayerStreaksPorts) {
    this.#ports = ports;
  }

  /**
   * Counts a completed quiz. Two on one day count once. Ticks after `at` that ran before this call are not repeated:
   * they do not judge this quiz.
   */
  async countQuiz(userId: UserId, when: CallOptions = {}): Promise<WithDates<Streak>> {
    const { streaks, transactions, clock } = this.#ports;
    const { at, tx: hosts } = callOptions(when);
    checkedUser(userId);
    const now = resolvePlayedAt(clock.now(), at);
    const work = async (tx: Transaction): Promise<Streak> => {
      const decide = await this.countDecision(tx, now);
      return streaks.change(tx, userId, (stored) => decide(userId, stored));
    };
    return streakWithDates(await (hosts ? work(hosts) : transactions.run(work)));
  }

  /**
   * Returns what {@link countQuiz} decides on a locked streak at an instant, for `QuizStore`, which locks and writes it
   * itself.
   */
  async countDecision(
    tx: Transaction | undefined,
    now: Instant,
  ): Promise<(userId: UserId, stored: Streak | null) => Decision<Streak, Streak>> {
    await this.#ports.ticks?.refresh(tx);
    const judgedThrough = await this.#judgedThrough(now, tx);
    const zone = timeZoneAt(this.#ports.schedule, now);
    return (userId, stored) => {
      const current = this.#applyDueTicks(stored, userId, now);
      const streak = countQuiz(current.state, now, zone, judgedThrough);
      return streak === stored ? { result: streak } : { ...current, state: streak, result: streak };
    };
  }

  /** Adds one protection, or refuses if the player has the maximum. */
  async grantProtection(userId: UserId, when: CallOptions = {}): Promise<GrantProtectionResult> {
    const { streaks, transactions, clock, ticks, rules } = this.#ports;
    const { at, tx: hosts } = callOptions(when);
    checkedUser(userId);
    const now = resolvePlayedAt(clock.now(), at);
    const grant = (stored: Streak | null): Decision<Streak, GrantProtectionResult> => {
      const { state, events, log = [] } = this.#applyDueTicks(stored, userId, now);
      const isFull = state.protections >= asRulesInForce(rules).at(now).maxProtections;
      const streak = isFull ? state : { ...state, protections: state.protections + 1 };
      const result: GrantProtectionResult = isFull
        ? { ok: false, reason: 'at-maximum', streak: streakWithDates(streak) }
        : { ok: true, streak: streakWithDates(streak) };
      if (streak === stored) return { result };
      const granted = isFull ? [] : [protectionGranted(streak, now)];
      return { state: streak, events, log: [...log, ...granted], result };
    };
    const work = async (tx: Transaction): Promise<GrantProtectionResult> => {
      await ticks?.refresh(tx);
      return streaks.change(tx, userId, grant);
    };
    return hosts ? work(hosts) : transactions.run(work);
  }

  /** Returns a player's streak as of now (or `at`), including due ticks. Changes nothing. */
  async read(userId: UserId, when: CallOptions = {}): Promise<WithDates<Streak>> {
    const { streaks, clock, ticks } = this.#ports;
    const { at = clock.now(), tx } = callOptions(when);
    checkedUser(userId);
    await ticks?.refresh(tx);
    return streakWithDates(this.#applyDueTicks(await streaks.find(userId, tx), userId, at).state);
  }

  #applyDueTicks(
    stored: Streak | null,
    userId: UserId,
    now: Instant,
  ): ReturnType<typeof applyDueStreakTicks> {
    const { rules, schedule } = this.#ports;
    return applyDueStreakTicks(
      stored ?? freshStreak(userId, asRulesInForce(rules).at(now)),
      schedule,
      now,
      rules,
    );
  }

  /** Returns the newest day whose tick has run, if there is a tick between `at` and now. */
  async #judgedThrough(at: Instant, tx: Transaction | undefined): Promise<LocalDate | null> {
    const { ticks, clock, schedule } = this.#ports;
    if (!ticks || at >= clock.now()) return null;
    const next = nextElapsedTick(schedule, clock);
    if (next(at) === null) return null;
    const watermark = await ticks.watermark(tx, next);
    const last = watermark === null ? null : schedule.previous(addMs(watermark, 1));
    return last === null || last <= at ? null : localDate(timeZoneAt(schedule, last), last);
  }
}

function protectionGranted({ userId, protections }: Streak, at: Instant): RecordedEntry {
  const entry = `protection-granted:${protections}`;
  return { userId, at, entry, kind: 'protection-granted', details: { protections } };
}
