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
import type { TriedTick } from './import-dry-run.ts';

const dryRunWithDates: ToDates<ImportDryRun> = withDates<ImportDryRun>({
  ticks: each(withDates<TriedTick>({ tick: toDate })),
});

/** The calls of a host about players as such: bringing them from another system. */
export class Players {
  readonly #imports: PlayerImports;

  constructor(ports: PlayerImportsPorts) {
    this.#imports = new PlayerImports(ports);
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
