import { InvalidOptionError } from '../../engine/common/errors.ts';
import type { Outbox } from '../../engine/events/outbox.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import type { Clock } from '../../engine/time/clock.ts';
import { DAY_MS, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import { resolvePlayedAt } from '../../engine/time/played-at.ts';
import type { WithDates } from '../../engine/time/with-dates.ts';
import type { Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import type { AwardOutcome, AwardRepository, XpAward } from '../leaderboards/award-repository.ts';
import type { Board } from '../leaderboards/board.ts';
import type { LeaderboardRules } from '../leaderboards/leaderboard-rules.ts';
import type { PlayerLog } from '../players/player-log.ts';
import type { StreakRules } from '../streaks/streak-rules.ts';
import { assertAward } from './arguments.ts';
import { awardLate, lateEntry } from './award-late.ts';
import { AwardTooOldError } from './award-too-old-error.ts';
import type { CachedBoards } from './cached-boards.ts';
import type { CheckedOptions } from './call-options.ts';
import { outcomeWithDates, type AwardResult } from './results.ts';

/** The collaborators of {@link XpAwards}. */
export interface XpAwardsPorts {
  readonly transactions: Transactions;
  readonly awards: AwardRepository;
  readonly outbox: Outbox;
  readonly playerLog: PlayerLog;
  readonly clock: Clock;
  readonly boards: readonly Board[];
  readonly rules: {
    readonly streaks: RulesSource<StreakRules>;
    readonly leaderboards: Pick<LeaderboardRules, 'maxAwardAgeDays' | 'oldAwards'>;
  };
}

/** An award as a caller passes it. */
type GivenAward = Omit<XpAward, 'earnedAt'> & { readonly earnedAt?: InstantLike };

/** The boards on which an award counts. */
export interface Filing {
  readonly boards: readonly Board[];
  /** Whether it is too old for boards with periods. */
  readonly allTimeOnly: boolean;
  /** @throws {AwardTooOldError} if the award is refused for its age */
  readonly assertAccepted: (award: XpAward) => void;
}

/** Awards XP: chooses the boards, records the award once, and shows it on the cached boards. */
export class XpAwards {
  readonly #ports: XpAwardsPorts;
  readonly #cached: CachedBoards;

  constructor(ports: XpAwardsPorts, cached: CachedBoards) {
    this.#ports = ports;
    this.#cached = cached;
  }

  async award(given: GivenAward, when: CheckedOptions): Promise<AwardResult> {
    const award = this.#checked(given, when);
    const { boards, allTimeOnly, assertAccepted } = this.filingOf(award.earnedAt);
    assertAccepted(award);
    const outcome = await this.#published(when, award, boards, (tx, recorded) =>
      this.reportLate(tx, award, recorded),
    );
    return { ...outcomeWithDates(outcome), allTimeOnly };
  }

  /** Counts on boards without periods only, however old, and writes no event. */
  async import(given: GivenAward, when: CheckedOptions): Promise<WithDates<AwardOutcome>> {
    const award = this.#checked(given, {});
    if (given.earnedAt === undefined)
      throw new InvalidOptionError(
        'earnedAt',
        given.earnedAt,
        'must be the instant at which the XP was earned',
      );
    return outcomeWithDates(await this.#published(when, award, this.#boardsWithoutEnd));
  }

  /** Returns the boards on which XP counts that was earned at an instant. */
  filingOf(earnedAt: Instant): Filing {
    const { boards, clock, rules } = this.#ports;
    const { maxAwardAgeDays, oldAwards } = rules.leaderboards;
    const now = clock.now();
    const allTimeOnly = now - earnedAt > maxAwardAgeDays * DAY_MS;
    return {
      boards: allTimeOnly ? this.#boardsWithoutEnd : boards,
      allTimeOnly,
      assertAccepted: (award) => {
        if (allTimeOnly && oldAwards === 'refuse')
          throw new AwardTooOldError(award, { now, maxAwardAgeDays });
      },
    };
  }

  /** Writes the events of an award that does not count on some boards. */
  async reportLate(tx: Transaction, award: XpAward, { late }: AwardOutcome): Promise<void> {
    if (late.length === 0) return;
    const { outbox, playerLog } = this.#ports;
    await outbox.append(
      tx,
      late.map((filing) => awardLate(award, filing)),
    );
    await playerLog.append(
      tx,
      late.map((filing) => lateEntry(award, filing)),
    );
  }

  /** Records an award, and shows it on the cached boards: after the commit of the host's transaction, if there is one. */
  async #published(
    { tx: hosts }: CheckedOptions,
    award: XpAward,
    boards: readonly Board[],
    report?: (tx: Transaction, recorded: AwardOutcome) => Promise<void>,
  ): Promise<AwardOutcome> {
    const { clock, awards, rules, transactions } = this.#ports;
    const { initialProtections: protections } = asRulesInForce(rules.streaks).at(clock.now());
    const record = async (tx: Transaction): Promise<AwardOutcome> => {
      const recorded = await awards.record(tx, award, boards, { protections });
      await report?.(tx, recorded);
      return recorded;
    };
    if (hosts) {
      const recorded = await record(hosts);
      await this.#cached.showScores(award.userId, recorded, hosts);
      return recorded;
    }
    const atOnce = await awards.recordAtOnce?.(award, boards, { protections });
    const outcome = atOnce ?? (await transactions.run(record));
    await this.#cached.updateScores(outcome);
    return outcome;
  }

  #checked(given: GivenAward, { at }: CheckedOptions): XpAward {
    assertAward(given);
    const { awardId, userId, amount } = given;
    const now = resolvePlayedAt(this.#ports.clock.now(), at);
    return { awardId, userId, amount, earnedAt: resolvePlayedAt(now, given.earnedAt, 'earnedAt') };
  }

  get #boardsWithoutEnd(): readonly Board[] {
    return this.#ports.boards.filter(({ period }) => period === 'all');
  }
}
