import { InvalidOptionError } from '../../engine/common/errors.ts';
import { knownOptions, requiredOptions, storableText, wholeNumber } from '../../engine/common/options.ts';
import { errorText } from '../../engine/secrets/error-text.ts';
import type { Logger } from '../../engine/common/logger.ts';
import type { Outbox } from '../../engine/events/outbox.ts';
import { asRulesInForce } from '../../engine/rules/rules-in-force.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Schedule } from '../../engine/time/schedule.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import type { CachedBoards } from '../gameplay/cached-boards.ts';
import type { AwardOutcome, AwardRepository } from '../leaderboards/award-repository.ts';
import type { Leaderboards } from '../leaderboards/leaderboards.ts';
import { applyDueLifeTicks, fullLives, type Lives } from '../lives/lives.ts';
import type { LivesRepository } from '../lives/lives-repository.ts';
import { applyDueStreakTicks, freshStreak, type Streak } from '../streaks/streak.ts';
import type { StreakRepository } from '../streaks/streak-repository.ts';
import { awardId, userId as checkedUser, username as checkedName, type UserId } from './ids.ts';
import { importTerms, type TermsSource } from './import-terms.ts';
import type { AdjustmentDetails, PlayerLog } from './player-log.ts';
import { ERASED_PREFIX, type PlayerRecords } from './player-records.ts';
import type { PlayerRepository } from './player-repository.ts';
import { UnknownPlayerError } from './unknown-player-error.ts';

/** The collaborators of {@link PlayerOperations}. */
export interface PlayerOperationsPorts extends TermsSource {
  readonly players: PlayerRepository;
  readonly playerRecords: PlayerRecords;
  readonly playerLog: PlayerLog;
  readonly lives: LivesRepository;
  readonly streaks: StreakRepository;
  readonly awards: AwardRepository;
  readonly outbox: Outbox;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaderboards: Leaderboards;
  readonly cachedBoards: CachedBoards;
  /** Refreshes the recorded schedules and rules. */
  readonly ticks: { refresh(tx?: Transaction): Promise<void> };
  /** The ticks that apply to players. */
  readonly dueTicks: { readonly lives: Schedule; readonly streaks: Schedule };
  readonly newId: () => string;
}

/** Who changes something about a player, and why: it is in the event `PlayerAdjusted` or `PlayerErased`. */
export interface OperationOptions {
  /** Who does it, such as the name of an employee or of a service. Up to 200 characters. */
  readonly by: string;
  /** Why, such as the number of a ticket. Up to 1,000 characters. */
  readonly reason: string;
  /**
   * Identifies the operation: repeating it with the same id changes nothing, for as long as its event is kept
   * (`rules.retention.eventsDays`). Default: a new one.
   */
  readonly id?: string;
  /**
   * The host's transaction to take part in. Cached boards show new names and added XP soon after its commit, and the rest
   * with the next recalculation.
   */
  readonly tx?: Transaction;
}

/** The values of a streak to set; missing ones stay. */
export interface StreakChange {
  readonly currentStreak?: number;
  /** At least the current streak; a longer current streak raises it. */
  readonly longestStreak?: number;
  readonly protections?: number;
}

interface Operation {
  readonly tx: Transaction | undefined;
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/** What an operation changes, without who and why. */
type Change = AdjustmentDetails extends infer One
  ? One extends AdjustmentDetails
    ? Omit<One, 'by' | 'reason'>
    : never
  : never;

const MOST_LIVES = 1_000;
const MOST_DAYS = 1_000_000;

/** Changes that support makes to one player, each recorded as an event with who and why. */
export class PlayerOperations {
  readonly #ports: PlayerOperationsPorts;

  constructor(ports: PlayerOperationsPorts) {
    this.#ports = ports;
  }

  async rename(userId: UserId, name: string, given: OperationOptions): Promise<boolean> {
    const operation = this.#operation(userId, given);
    checkedName(name);
    const { players, cachedBoards } = this.#ports;
    const applied = await this.#adjust(operation, userId, { change: 'name', username: name }, async (tx) => {
      await players.upsert(tx, { userId, username: name, protections: 0 });
    });
    if (applied) await cachedBoards.showName(userId, operation.tx);
    return applied;
  }

  async grantLives(userId: UserId, count: number | 'full', given: OperationOptions): Promise<boolean> {
    const operation = this.#operation(userId, given);
    if (count !== 'full') wholeNumber('count', count, { min: 1, max: MOST_LIVES });
    const { lives, rules, dueTicks } = this.#ports;
    const now = this.#ports.clock.now();
    const { maxLives } = asRulesInForce(rules.lives).at(now);
    return this.#adjust(operation, userId, { change: 'lives', granted: count }, (tx) =>
      lives.change(tx, userId, (stored) => {
        const current = stored
          ? applyDueLifeTicks(stored, dueTicks.lives, now, rules.lives)
          : { state: fullLives(userId, asRulesInForce(rules.lives).at(now)), events: [] };
        const before = current.state.currentLives;
        const currentLives =
          count === 'full' ? Math.max(before, maxLives) : Math.min(before + count, MOST_LIVES);
        const state: Lives = { ...current.state, currentLives };
        return { state, events: current.events, result: undefined };
      }),
    );
  }

  async setStreak(userId: UserId, change: StreakChange, given: OperationOptions): Promise<boolean> {
    const operation = this.#operation(userId, given);
    const names = ['currentStreak', 'longestStreak', 'protections'] as const;
    requiredOptions('streak.', change, names);
    if (names.every((name) => change[name] === undefined))
      throw new InvalidOptionError('streak', change, `must have at least one of ${names.join(', ')}`);
    for (const name of names)
      if (change[name] !== undefined)
        wholeNumber(`streak.${name}`, change[name], {
          min: 0,
          max: name === 'protections' ? 1_000 : MOST_DAYS,
        });
    const { streaks, rules, dueTicks, clock } = this.#ports;
    const now = clock.now();
    return this.#adjust(operation, userId, { change: 'streak', ...change }, async (tx) => {
      const { judgedThrough } = importTerms(this.#ports, now);
      await streaks.change(tx, userId, (stored) => {
        const known = stored ?? freshStreak(userId, asRulesInForce(rules.streaks).at(now));
        const due = applyDueStreakTicks(known, dueTicks.streaks, now, rules.streaks);
        return { ...due, state: changed(due.state, change, { now, judgedThrough }), result: undefined };
      });
    });
  }

  async adjustXp(userId: UserId, amount: number, given: OperationOptions): Promise<boolean> {
    const operation = this.#operation(userId, given);
    const most = Number.MAX_SAFE_INTEGER;
    wholeNumber('amount', amount, { min: -most, max: most });
    if (amount === 0) throw new InvalidOptionError('amount', amount, 'must not be 0');
    const { awards, playerRecords, boards, clock, cachedBoards } = this.#ports;
    const at = clock.now();
    let awarded: AwardOutcome | undefined;
    const work = async (tx: Transaction): Promise<void> => {
      if (amount < 0) return playerRecords.deductXp(tx, { userId, amount: -amount, at }, boards);
      const award = { awardId: awardId(`adjust:${operation.id}`), userId, amount, earnedAt: at };
      awarded = await awards.record(tx, award, boards);
    };
    const applied = await this.#adjust(operation, userId, { change: 'xp', amount }, work, at);
    if (awarded) await cachedBoards.showScores(userId, awarded, operation.tx);
    else if (applied && !operation.tx) await this.#recalculate();
    return applied;
  }

  async erase(userId: UserId, given: OperationOptions): Promise<boolean> {
    const { tx: hosts, id, by, reason } = this.#operation(userId, given);
    const { playerRecords, outbox, clock, newId } = this.#ports;
    const replacement = { userId: checkedUser(`${ERASED_PREFIX}${newId()}`), username: 'Erased player' };
    const erased = await this.#transact(hosts, async (tx) => {
      if (!(await playerRecords.erase(tx, userId, replacement))) return false;
      const key = `PlayerErased:${id}`;
      await outbox.append(tx, [
        { type: 'PlayerErased', key, occurredAt: clock.now(), payload: { userId, by, reason } },
      ]);
      return true;
    });
    if (erased && !hosts) await this.#recalculate();
    return erased;
  }

  #operation(userId: UserId, given: OperationOptions): Operation {
    checkedUser(userId);
    const { by, reason, tx, id = this.#ports.newId() } = knownOptions(given, ['by', 'reason', 'id', 'tx']);
    if (tx !== undefined && (typeof tx !== 'object' || (tx as unknown) === null))
      throw new InvalidOptionError('tx', tx, 'must be the transaction that the store opened, or be left out');
    storableText('by', by, 'must say who does it, in 1 to 200 characters', { most: 200 });
    storableText('reason', reason, 'must say why, in 1 to 1,000 characters');
    storableText('id', id, 'must be 1 to 200 characters of text', { most: 200 });
    return { tx, id, by, reason };
  }

  /** The event comes first: if it is known, the operation was applied before. */
  #adjust(
    { tx: hosts, id, by, reason }: Operation,
    userId: UserId,
    change: Change,
    work: (tx: Transaction) => Promise<void>,
    at: Instant = this.#ports.clock.now(),
  ): Promise<boolean> {
    const { outbox, playerRecords, playerLog, ticks } = this.#ports;
    const details: AdjustmentDetails = { ...change, by, reason };
    const event = {
      type: 'PlayerAdjusted',
      key: `PlayerAdjusted:${id}`,
      occurredAt: at,
      payload: { userId, ...details },
    };
    return this.#transact(hosts, async (tx) => {
      await ticks.refresh(tx);
      if (!(await playerRecords.hold(tx, userId))) throw new UnknownPlayerError(userId);
      if ((await outbox.append(tx, [event])) === 0) return false;
      await work(tx);
      await playerLog.append(tx, [{ userId, at, entry: `adjusted:${id}`, kind: 'adjusted', details }]);
      return true;
    });
  }

  #transact<Result>(
    hosts: Transaction | undefined,
    work: (tx: Transaction) => Promise<Result>,
  ): Promise<Result> {
    return hosts ? work(hosts) : this.#ports.transactions.run(work);
  }

  /** The change is committed, so a failure must not fail the call. */
  async #recalculate(): Promise<void> {
    const { leaderboards, boards, logger } = this.#ports;
    for (const { key } of boards) {
      await leaderboards.recalculate(key, { full: true }).catch((error: unknown) =>
        logger.warn('a cached board does not show a change of a player yet; the next recalculation does', {
          board: key,
          error: errorText(error),
        }),
      );
    }
  }
}

/** A restored streak is judged like an imported one: the time before counts against nobody. */
function changed(
  streak: Streak,
  change: StreakChange,
  { now, judgedThrough }: { readonly now: Instant; readonly judgedThrough: Streak['evaluatedOn'] },
): Streak {
  const { currentStreak = streak.currentStreak, protections = streak.protections } = change;
  const longestStreak = Math.max(change.longestStreak ?? streak.longestStreak, currentStreak);
  const isSet = change.currentStreak !== undefined && currentStreak > 0;
  const isLater =
    judgedThrough !== null && (streak.evaluatedOn === null || streak.evaluatedOn < judgedThrough);
  return {
    ...streak,
    currentStreak,
    longestStreak,
    protections,
    lastQuizAt: streak.lastQuizAt ?? (isSet ? now : null),
    evaluatedOn: isSet && isLater ? judgedThrough : streak.evaluatedOn,
  };
}
