import { callOptions, type CallOptions } from '../gameplay/call-options.ts';
import { userId as checkedUser, type UserId } from '../players/ids.ts';
import { storableText } from '../../engine/common/options.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { Instant, InstantLike } from '../../engine/time/instant.ts';
import { resolvePlayedAt } from '../../engine/time/played-at.ts';
import { nextElapsedTick, type Schedule } from '../../engine/time/schedule.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import { fullLives, applyDueLifeTicks, spendLife, type Lives, type SpendResult } from './lives.ts';
import type { LivesRepository } from './lives-repository.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import type { RecordedTicks } from '../../engine/jobs/recorded-ticks.ts';
import type { LivesRules } from './lives-rules.ts';
import { toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';

/** What {@link PlayerLives} works with. */
export interface PlayerLivesPorts {
  readonly lives: LivesRepository;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules: RulesSource<LivesRules>;
  /** The schedule of the regeneration job: settling applies its ticks. Those that exist for players, and no others. */
  readonly schedule: Schedule;
  /** What the store has on record of these ticks, for plays that are recorded late. Without it none counts as late. */
  readonly ticks?: RecordedTicks;
}

/** When a life was spent, inside which transaction, and under which key. */
export interface SpendOptions {
  readonly at?: InstantLike;
  readonly tx?: Transaction;
  readonly idempotencyKey?: string;
}

/** A player's lives as a backend is given them. */
const livesWithDates: ToDates<Lives> = withDates<Lives>({ lastRegenAt: toDate, nextRegenAt: toDate });
const spentWithDates = withDates<SpendResult>({ lives: livesWithDates });

/** What a host calls when a player's lives are spent or shown. */
export class PlayerLives {
  readonly #ports: PlayerLivesPorts;

  constructor(ports: PlayerLivesPorts) {
    this.#ports = ports;
  }

  /**
   * Spends one life, or refuses with `no-lives`. A player who is not known yet starts with full lives. Ticks that no
   * run has applied yet are applied first, so a late job never refuses a life that is due. Ticks after `at` that have run
   * before the call cannot come again: they give nothing back of it.
   *
   * @param options.at when it happened; the clock's present unless given, and at most a minute ahead of it
   * @param options.tx a transaction of the same store, to spend the life together with the host's own changes
   * @param options.idempotencyKey up to 200 characters, of this player's: the same key again spends nothing and returns
   *   what it came to the first time, for as long as `rules.retention.spendKeysDays` says. Give one where you repeat
   *   calls, as after a {@link StoreUnavailableError}, which does not tell whether the life was spent. A refusal
   *   is not kept: the same key may spend a life later.
   * @throws {InvalidOptionError} for a key that cannot be kept
   */
  async spend(userId: UserId, options: SpendOptions = {}): Promise<WithDates<SpendResult>> {
    const { at, tx, idempotencyKey } = callOptions(options, ['idempotencyKey']);
    checkedUser(userId);
    const now = resolvePlayedAt(this.#ports.clock.now(), at);
    if (idempotencyKey !== undefined) {
      const expected = 'must be non-empty text of at most 200 characters, such as the id of the request';
      storableText('idempotencyKey', idempotencyKey, expected, { most: 200 });
    }
    const spend = (open: Transaction): Promise<SpendResult> =>
      idempotencyKey === undefined
        ? this.#spend(open, userId, now)
        : this.#spendOnce(open, userId, { now, idempotencyKey });
    return spentWithDates(await (tx ? spend(tx) : this.#ports.transactions.run(spend)));
  }

  /** A player's lives as of now (or `at`), with due ticks counted in. Changes nothing. */
  async read(userId: UserId, options: CallOptions = {}): Promise<WithDates<Lives>> {
    const { at = this.#ports.clock.now(), tx } = callOptions(options);
    checkedUser(userId);
    await this.#ports.ticks?.refresh(tx);
    const stored = await this.#ports.lives.find(userId, tx);
    return livesWithDates(this.#applyDueTicks(stored, userId, at).state);
  }

  async #spendOnce(
    tx: Transaction,
    userId: UserId,
    { now, idempotencyKey }: { readonly now: Instant; readonly idempotencyKey: string },
  ): Promise<SpendResult> {
    const { lives } = this.#ports;
    const before = await lives.reserveSpend(tx, userId, idempotencyKey);
    if (before) return { ok: true, lives: before };
    const result = await this.#spend(tx, userId, now);
    await lives.completeSpend(tx, userId, { idempotencyKey, lives: result.ok ? result.lives : null });
    return result;
  }

  async #spend(tx: Transaction, userId: UserId, now: Instant): Promise<SpendResult> {
    await this.#ports.ticks?.refresh(tx);
    const rules = asRulesInForce(this.#ports.rules).at(now);
    const watermark = await this.#settledThrough(now, tx);
    return this.#ports.lives.change(tx, userId, (stored) => {
      const settled = this.#applyDueTicks(stored, userId, now);
      const result = spendLife(settled.state, now, rules, watermark);
      if (result.lives === stored) return { result };
      return { state: result.lives, events: settled.events, result };
    });
  }

  #applyDueTicks(stored: Lives | null, userId: UserId, now: Instant): ReturnType<typeof applyDueLifeTicks> {
    const { rules, schedule } = this.#ports;
    // Somebody who is new is full now: no tick from before is theirs, however the maximum was then.
    if (!stored) return { state: fullLives(userId, asRulesInForce(rules).at(now)), events: [] };
    return applyDueLifeTicks(stored, schedule, now, rules);
  }

  /** How far runs are, where a tick lies between `at` and now. */
  async #settledThrough(at: Instant, tx: Transaction): Promise<Instant | null> {
    const { ticks, clock, schedule } = this.#ports;
    if (!ticks || at >= clock.now()) return null;
    const next = nextElapsedTick(schedule, clock);
    return next(at) === null ? null : ticks.watermark(tx, next);
  }
}
