import { callOptions, type CallOptions } from '../gameplay/call-options.ts';
import type { Decision } from '../players/decision.ts';
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

/** The collaborators of {@link PlayerLives}. */
export interface PlayerLivesPorts {
  readonly lives: LivesRepository;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly rules: RulesSource<LivesRules>;
  /**
   * The schedule of the regeneration job, limited to ticks that apply to players; player calls apply its due ticks.
   */
  readonly schedule: Schedule;
  /** The recorded ticks, for actions that are recorded late. If omitted, none counts as late. */
  readonly ticks?: RecordedTicks;
}

/** When a life was spent, in which transaction, and with which key. */
export interface SpendOptions {
  readonly at?: InstantLike;
  readonly tx?: Transaction;
  readonly idempotencyKey?: string;
}

/** A player's lives as a host receives them. */
export const livesWithDates: ToDates<Lives> = withDates<Lives>({ lastRegenAt: toDate, nextRegenAt: toDate });
const spentWithDates = withDates<SpendResult>({ lives: livesWithDates });

/** The calls of a host that spend or read a player's lives. */
export class PlayerLives {
  readonly #ports: PlayerLivesPorts;

  constructor(ports: PlayerLivesPorts) {
    this.#ports = ports;
  }

  /**
   * Spends one life, or refuses with `no-lives`. An unknown player starts with full lives. Due ticks that no run has
   * applied yet are applied first, so a late job never causes a refusal. Ticks after `at` that ran before this call are
   * not repeated: they do not regenerate this life.
   *
   * @param options.at when it happened; default: now; at most one minute later than that
   * @param options.tx a transaction of the same store, to spend the life together with the host's own changes
   * @param options.idempotencyKey up to 200 characters, unique per player: repeating the key spends nothing and
   *   returns the result of the first call, for as long as `rules.retention.spendKeysDays` says. Pass one if you retry
   *   calls, as after a {@link StoreUnavailableError}, which does not say whether the life was spent. A refusal is not
   *   stored: the same key may spend a life later.
   * @throws {InvalidOptionError} for an invalid key
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

  /** Returns a player's lives as of now (or `at`), including due ticks. Changes nothing. */
  async read(userId: UserId, options: CallOptions = {}): Promise<WithDates<Lives>> {
    const { at = this.#ports.clock.now(), tx } = callOptions(options);
    checkedUser(userId);
    await this.#ports.ticks?.refresh(tx);
    const stored = await this.#ports.lives.find(userId, tx);
    return livesWithDates(this.#applyDueTicks(stored, userId, at).state);
  }

  /**
   * Returns what {@link spend} decides on the locked lives at an instant, for `QuizStore`, which locks and writes them
   * itself.
   */
  async spendDecision(
    tx: Transaction | undefined,
    userId: UserId,
    now: Instant,
  ): Promise<(stored: Lives | null) => Decision<Lives, SpendResult>> {
    await this.#ports.ticks?.refresh(tx);
    const rules = asRulesInForce(this.#ports.rules).at(now);
    const watermark = await this.#watermark(now, tx);
    return (stored) => {
      const current = this.#applyDueTicks(stored, userId, now);
      const result = spendLife(current.state, now, rules, watermark);
      if (result.lives === stored) return { result };
      return { state: result.lives, events: current.events, result };
    };
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
    return this.#ports.lives.change(tx, userId, await this.spendDecision(tx, userId, now));
  }

  #applyDueTicks(stored: Lives | null, userId: UserId, now: Instant): ReturnType<typeof applyDueLifeTicks> {
    const { rules, schedule } = this.#ports;
    // A new player has full lives now: no earlier tick applies, whatever the maximum was then.
    if (!stored) return { state: fullLives(userId, asRulesInForce(rules).at(now)), events: [] };
    return applyDueLifeTicks(stored, schedule, now, rules);
  }

  /** Returns the watermark of the runs, if there is a tick between `at` and now. */
  async #watermark(at: Instant, tx: Transaction | undefined): Promise<Instant | null> {
    const { ticks, clock, schedule } = this.#ports;
    if (!ticks || at >= clock.now()) return null;
    const next = nextElapsedTick(schedule, clock);
    return next(at) === null ? null : ticks.watermark(tx, next);
  }
}
