import { toDate, each, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import type { PlayerSource } from './import-source.ts';
import {
  PlayerImports,
  type ImportDryRun,
  type ImportOptions,
  type ImportProgress,
  type PlayerImportsPorts,
} from './player-imports.ts';
import type { PeriodHistoryInput } from './period-history.ts';
import {
  PlayerOperations,
  type OperationOptions,
  type PlayerOperationsPorts,
  type StreakChange,
} from './player-operations.ts';
import type { UserId } from './ids.ts';
import type { TriedTick } from './import-dry-run.ts';

const dryRunWithDates: ToDates<ImportDryRun> = withDates<ImportDryRun>({
  ticks: each(withDates<TriedTick>({ tick: toDate })),
});

/** The collaborators of {@link Players}. */
export type PlayersPorts = PlayerImportsPorts & PlayerOperationsPorts;

/**
 * The calls of a host about players as such: bringing them from another system, and what support changes about one. Each
 * change writes the event `PlayerAdjusted` in its transaction. Changes return `false`, and do nothing, if an operation
 * with this `id` was applied before.
 */
export class Players {
  readonly #imports: PlayerImports;
  readonly #operations: PlayerOperations;

  constructor(ports: PlayersPorts) {
    this.#imports = new PlayerImports(ports);
    this.#operations = new PlayerOperations(ports);
  }

  /**
   * Changes a player's name, also on the boards that are not sealed.
   *
   * @throws {InvalidOptionError} {@link UnknownPlayerError}
   * @example
   * await host.players.rename(userId('42'), 'Ada', { by: 'support:eve', reason: 'ticket 1207' });
   */
  rename(userId: UserId, username: string, options: OperationOptions): Promise<boolean> {
    return this.#operations.rename(userId, username, options);
  }

  /**
   * Gives a player lives, also beyond the maximum; `full`: as many as are missing to it. Due ticks are applied first,
   * and a running timer goes on.
   *
   * @param count from 1 to 1,000, or `full`
   * @throws {InvalidOptionError} {@link UnknownPlayerError}
   */
  grantLives(userId: UserId, count: number | 'full', options: OperationOptions): Promise<boolean> {
    return this.#operations.grantLives(userId, count, options);
  }

  /**
   * Sets a player's streak, such as one that was lost through no fault of the player. Due ticks are applied first. A
   * current streak that was set is first judged by a tick that comes more than `rules.streaks.breakAfterHours` later.
   *
   * @throws {InvalidOptionError} {@link UnknownPlayerError}
   */
  setStreak(userId: UserId, streak: StreakChange, options: OperationOptions): Promise<boolean> {
    return this.#operations.setStreak(userId, streak, options);
  }

  /**
   * Gives or takes XP. A positive amount counts like an award that is earned now. A negative one is taken from the XP of
   * all time and from the current period of each board; none falls below 0, and sealed standings stay.
   *
   * @param amount a whole number, not 0
   * @throws {InvalidOptionError} {@link UnknownPlayerError}
   */
  adjustXp(userId: UserId, amount: number, options: OperationOptions): Promise<boolean> {
    return this.#operations.adjustXp(userId, amount, options);
  }

  /**
   * Erases a player: everything under this id in all tables, and events of the player, delivered or not. In archives of
   * sealed periods the player is replaced by "Erased player" with a random id, so ranks stay. The event `PlayerErased`
   * tells consumers to erase what they have; it holds the id until retention removes it. Returns `false` if nothing was
   * stored.
   *
   * Keep the player from playing first: a call that comes later creates a new player. Sessions and awards are found
   * without an index, so it takes seconds on large tables.
   *
   * @throws {InvalidOptionError}
   */
  erase(userId: UserId, options: OperationOptions): Promise<boolean> {
    return this.#operations.erase(userId, options);
  }

  /**
   * Imports players with their history from another system: from code, or from a `select` inside the database. Players
   * whom the game knows already stay as they are, so an import can be repeated, and continues after an interruption.
   *
   * No event is written, and no tick up to the import applies to an imported player: lives below the maximum wait for a
   * timer that ends after the import, and a streak is first judged by a tick that comes more than
   * `rules.streaks.breakAfterHours` after it.
   *
   * @returns how many players were read, written, and known before
   * @throws {InvalidOptionError} naming the player and the field; earlier batches of 10,000 players are kept
   * @example
   * await host.players.import([{ userId: 'ada', username: 'Ada', xp: 1200, currentStreak: 12, lastQuizAt: '2026-11-23T18:00:00Z' }]);
   */
  import(players: PlayerSource, options: ImportOptions = {}): Promise<ImportProgress> {
    return this.#imports.import(players, options);
  }

  /**
   * Returns what an import would do, and what the next ticks of lives and streaks would do to the imported players,
   * without changing anything. Batch by batch, the written rows are locked meanwhile.
   *
   * @param options.ticks how many ticks of each job to try, from 1 to 100. Default 3.
   * @throws {InvalidOptionError} as {@link import}
   */
  async dryRunImport(
    players: PlayerSource,
    options: { readonly ticks?: number } = {},
  ): Promise<WithDates<ImportDryRun>> {
    return dryRunWithDates(await this.#imports.dryRun(players, options));
  }

  /**
   * Imports the final standings of a board's period that has ended, as if it had been sealed here: for the archive. Its
   * ranks are computed in the order of the board. Returns `false` if the period is stored already.
   *
   * @throws {InvalidOptionError} {@link InvalidInstantError} {@link UnknownBoardError} also for a period that has not
   *   ended, or overlaps a stored one
   */
  importPeriod(history: PeriodHistoryInput): Promise<boolean> {
    return this.#imports.importPeriod(history);
  }
}
