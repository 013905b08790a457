import { callOptions, type CallOptions } from '../gameplay/call-options.ts';
import { userId as checkedUser, type UserId } from '../players/ids.ts';
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
  countQuiz(userId: UserId, when: CallOptions = {}): Promise<WithDates<Streak>> {
    return this.#change(userId, when, async (tx, now) => {
      const judgedThrough = await this.#judgedThrough(now, tx);
      const zone = timeZoneAt(this.#ports.schedule, now);
      return (current) => {
        const streak = countQuiz(current, now, zone, judgedThrough);
        return { streak, answer: streakWithDates(streak) };
      };
    });
  }

  /** Adds one protection, or refuses if the player has the maximum. */
  grantProtection(userId: UserId, when: CallOptions = {}): Promise<GrantProtectionResult> {
    return this.#change<GrantProtectionResult>(userId, when, async (_tx, now) => (current) => {
      if (current.protections >= asRulesInForce(this.#ports.rules).at(now).maxProtections) {
        return {
          streak: current,
          answer: { ok: false, reason: 'at-maximum', streak: streakWithDates(current) },
        };
      }
      const streak = { ...current, protections: current.protections + 1 };
      return { streak, answer: { ok: true, streak: streakWithDates(streak) } };
    });
  }

  /** Returns a player's streak as of now (or `at`), including due ticks. Changes nothing. */
  async read(userId: UserId, when: CallOptions = {}): Promise<WithDates<Streak>> {
    const { streaks, clock, ticks } = this.#ports;
    const { at = clock.now(), tx } = callOptions(when);
    checkedUser(userId);
    await ticks?.refresh(tx);
    return streakWithDates(this.#applyDueTicks(await streaks.find(userId, tx), userId, at).state);
  }

  async #change<Answer>(
    userId: UserId,
    when: CallOptions,
    prepare: (
      tx: Transaction,
      now: Instant,
    ) => Promise<(current: Streak) => { readonly streak: Streak; readonly answer: Answer }>,
  ): Promise<Answer> {
    const { streaks, transactions, clock, ticks } = this.#ports;
    const { at, tx: hosts } = callOptions(when);
    checkedUser(userId);
    const now = resolvePlayedAt(clock.now(), at);
    const work = async (tx: Transaction): Promise<Answer> => {
      await ticks?.refresh(tx);
      const change = await prepare(tx, now);
      return streaks.change(tx, userId, (stored) => {
        const current = this.#applyDueTicks(stored, userId, now);
        const { streak, answer } = change(current.state);
        if (streak === stored) return { result: answer };
        return { state: streak, events: current.events, result: answer };
      });
    };
    return hosts ? work(hosts) : transactions.run(work);
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
  async #judgedThrough(at: Instant, tx: Transaction): Promise<LocalDate | null> {
    const { ticks, clock, schedule } = this.#ports;
    if (!ticks || at >= clock.now()) return null;
    const next = nextElapsedTick(schedule, clock);
    if (next(at) === null) return null;
    const watermark = await ticks.watermark(tx, next);
    const last = watermark === null ? null : schedule.previous(addMs(watermark, 1));
    return last === null || last <= at ? null : localDate(timeZoneAt(schedule, last), last);
  }
}
