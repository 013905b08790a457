import type { UserId } from '../ids.ts';
import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import { playedAt } from '../time/played-at.ts';
import type { Schedule } from '../time/schedule.ts';
import type { Transaction, Transactions } from '../transactions.ts';
import type { StreakRepository } from './streak-repository.ts';
import type { StreakRules } from './streak-rules.ts';
import { countQuiz, freshStreak, settleStreak, type Streak } from './streak.ts';

/** What {@link PlayerStreaks} works with. */
export interface PlayerStreaksPorts {
  readonly streaks: StreakRepository;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules: StreakRules;
  /** The schedule of the streak job: settling applies its ticks, and its zone says what a day is. */
  readonly schedule: Schedule;
}

/** What became of granting a protection. */
export type GrantProtectionResult =
  | { readonly ok: true; readonly streak: Streak }
  | { readonly ok: false; readonly reason: 'at-maximum'; readonly streak: Streak };

interface When {
  readonly at?: Instant;
  readonly tx?: Transaction;
}

/** What a host calls when a player's streak grows or is shown. Every call settles missed days first. */
export class PlayerStreaks {
  readonly #ports: PlayerStreaksPorts;

  constructor(ports: PlayerStreaksPorts) {
    this.#ports = ports;
  }

  /** Counts a finished quiz. Two on one day count once. */
  countQuiz(userId: UserId, when: When = {}): Promise<Streak> {
    const { zone } = this.#ports.schedule;
    return this.#change(userId, when, (settled, now) => {
      const streak = countQuiz(settled, now, zone);
      return { streak, answer: streak };
    });
  }

  /** Adds one protection, or refuses at the maximum. */
  grantProtection(userId: UserId, when: When = {}): Promise<GrantProtectionResult> {
    return this.#change<GrantProtectionResult>(userId, when, (settled) => {
      if (settled.protections >= this.#ports.rules.maxProtections) {
        return { streak: settled, answer: { ok: false, reason: 'at-maximum', streak: settled } };
      }
      const streak = { ...settled, protections: settled.protections + 1 };
      return { streak, answer: { ok: true, streak } };
    });
  }

  /** A player's streak as of now (or `at`), with missed days counted in. Changes nothing. */
  async read(userId: UserId, when: When = {}): Promise<Streak> {
    const { streaks, clock, rules, schedule } = this.#ports;
    const stored = (await streaks.find(userId, when.tx)) ?? freshStreak(userId, rules);
    return settleStreak(stored, schedule, when.at ?? clock.now(), rules).state;
  }

  async #change<Answer>(
    userId: UserId,
    when: When,
    change: (settled: Streak, now: Instant) => { readonly streak: Streak; readonly answer: Answer },
  ): Promise<Answer> {
    const { streaks, transactions, clock, rules, schedule } = this.#ports;
    const now = playedAt(clock.now(), when.at);
    const work = (tx: Transaction): Promise<Answer> =>
      streaks.change(tx, userId, (stored) => {
        const settled = settleStreak(stored ?? freshStreak(userId, rules), schedule, now, rules);
        const { streak, answer } = change(settled.state, now);
        if (streak === stored) return { answer };
        return { state: streak, events: settled.events, answer };
      });
    return when.tx ? work(when.tx) : transactions.run(work);
  }
}
