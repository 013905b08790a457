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

/** What {@link PlayerStreaks} works with. */
export interface PlayerStreaksPorts {
  readonly streaks: StreakRepository;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules: RulesSource<StreakRules>;
  /**
   * The schedule of the streak job: settling applies its ticks, those that exist for players and no others, and its zone
   * says what a day is.
   */
  readonly schedule: Schedule;
  /** What the store has on record of these ticks, for quizzes that are recorded late. Without it none counts as late. */
  readonly ticks?: RecordedTicks;
}

/** What became of granting a protection. */
export type GrantProtectionResult =
  | { readonly ok: true; readonly streak: WithDates<Streak> }
  | { readonly ok: false; readonly reason: 'at-maximum'; readonly streak: WithDates<Streak> };

/** A player's streak as a backend is given it. */
export const streakWithDates: ToDates<Streak> = withDates<Streak>({ lastQuizAt: toDate });

/** What a host calls when a player's streak grows or is shown. Every call settles missed days first. */
export class PlayerStreaks {
  readonly #ports: PlayerStreaksPorts;

  constructor(ports: PlayerStreaksPorts) {
    this.#ports = ports;
  }

  /**
   * Counts a finished quiz. Two on one day count once. Ticks after `at` that have run before the call cannot come again:
   * they do not judge the quiz, as if they had not been.
   */
  countQuiz(userId: UserId, when: CallOptions = {}): Promise<WithDates<Streak>> {
    return this.#change(userId, when, async (tx, now) => {
      const judgedThrough = await this.#judgedThrough(now, tx);
      const zone = timeZoneAt(this.#ports.schedule, now);
      return (settled) => {
        const streak = countQuiz(settled, now, zone, judgedThrough);
        return { streak, answer: streakWithDates(streak) };
      };
    });
  }

  /** Adds one protection, or refuses at the maximum. */
  grantProtection(userId: UserId, when: CallOptions = {}): Promise<GrantProtectionResult> {
    return this.#change<GrantProtectionResult>(userId, when, async (_tx, now) => (settled) => {
      if (settled.protections >= asRulesInForce(this.#ports.rules).at(now).maxProtections) {
        return {
          streak: settled,
          answer: { ok: false, reason: 'at-maximum', streak: streakWithDates(settled) },
        };
      }
      const streak = { ...settled, protections: settled.protections + 1 };
      return { streak, answer: { ok: true, streak: streakWithDates(streak) } };
    });
  }

  /** A player's streak as of now (or `at`), with missed days counted in. Changes nothing. */
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
    ) => Promise<(settled: Streak) => { readonly streak: Streak; readonly answer: Answer }>,
  ): Promise<Answer> {
    const { streaks, transactions, clock, ticks } = this.#ports;
    const { at, tx: hosts } = callOptions(when);
    checkedUser(userId);
    const now = resolvePlayedAt(clock.now(), at);
    const work = async (tx: Transaction): Promise<Answer> => {
      await ticks?.refresh(tx);
      const change = await prepare(tx, now);
      return streaks.change(tx, userId, (stored) => {
        const settled = this.#applyDueTicks(stored, userId, now);
        const { streak, answer } = change(settled.state);
        if (streak === stored) return { result: answer };
        return { state: streak, events: settled.events, result: answer };
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

  /** The newest day whose tick has run, where a tick lies between `at` and now. */
  async #judgedThrough(at: Instant, tx: Transaction): Promise<LocalDate | null> {
    const { ticks, clock, schedule } = this.#ports;
    if (!ticks || at >= clock.now()) return null;
    const next = nextElapsedTick(schedule, clock);
    if (next(at) === null) return null;
    const settled = await ticks.watermark(tx, next);
    const last = settled === null ? null : schedule.previous(addMs(settled, 1));
    return last === null || last <= at ? null : localDate(timeZoneAt(schedule, last), last);
  }
}
