import type { UserId } from '../ids.ts';
import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import { playedAt } from '../time/played-at.ts';
import type { Schedule } from '../time/schedule.ts';
import type { Transaction, Transactions } from '../transactions.ts';
import { fullLives, settleLives, spendLife, type Lives, type SpendResult } from './lives.ts';
import type { LivesRepository } from './lives-repository.ts';
import type { LivesRules } from './lives-rules.ts';

/** What {@link PlayerLives} works with. */
export interface PlayerLivesPorts {
  readonly lives: LivesRepository;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules: LivesRules;
  /** The schedule of the regeneration job: settling applies its ticks. */
  readonly schedule: Schedule;
}

/** What a host calls when a player's lives are spent or shown. */
export class PlayerLives {
  readonly #ports: PlayerLivesPorts;

  constructor(ports: PlayerLivesPorts) {
    this.#ports = ports;
  }

  /**
   * Spends one life, or refuses with `no-lives`. A player who is not known yet starts with full lives. Ticks that no
   * run has applied yet are applied first, so a late job never refuses a life that is due.
   *
   * @param options.at when it happened; the clock's present unless given, and at most a minute ahead of it
   * @param options.tx a transaction of the same store, to spend the life together with the host's own changes
   */
  async spend(
    userId: UserId,
    options: { readonly at?: Instant; readonly tx?: Transaction } = {},
  ): Promise<SpendResult> {
    const { lives, transactions, rules } = this.#ports;
    const now = playedAt(this.#ports.clock.now(), options.at);
    const spend = (tx: Transaction): Promise<SpendResult> =>
      lives.change(tx, userId, (stored) => {
        const settled = this.#settle(stored, userId, now);
        const result = spendLife(settled.state, now, rules);
        if (result.lives === stored) return { answer: result };
        return { state: result.lives, events: settled.events, answer: result };
      });
    return options.tx ? spend(options.tx) : transactions.run(spend);
  }

  /** A player's lives as of now (or `at`), with due ticks counted in. Changes nothing. */
  async read(
    userId: UserId,
    options: { readonly at?: Instant; readonly tx?: Transaction } = {},
  ): Promise<Lives> {
    const stored = await this.#ports.lives.find(userId, options.tx);
    return this.#settle(stored, userId, options.at ?? this.#ports.clock.now()).state;
  }

  #settle(stored: Lives | null, userId: UserId, now: Instant): ReturnType<typeof settleLives> {
    const { rules, schedule } = this.#ports;
    return settleLives(stored ?? fullLives(userId, rules), schedule, now, rules);
  }
}
