import { InvalidOptionError } from '../../engine/common/errors.ts';
import type { Logger } from '../../engine/common/logger.ts';
import { givenFunction, knownOptions, wholeNumber } from '../../engine/common/options.ts';
import { errorText } from '../../engine/secrets/error-text.ts';
import type { Clock } from '../../engine/time/clock.ts';
import type { DryRuns, Transaction, Transactions } from '../../engine/transactions/transactions.ts';
import type { ScheduledJob } from '../../engine/jobs/scheduled-job.ts';
import type { RecordedTicks } from '../../engine/jobs/recorded-ticks.ts';
import type { Leaderboards } from '../leaderboards/leaderboards.ts';
import type { UserId } from './ids.ts';
import { assertPlayerColumns, playerOfColumns } from './import-columns.ts';
import { chunksOf, selectOf, type PlayerSource } from './import-source.ts';
import { importTerms, type ImportTerms, type TermsSource } from './import-terms.ts';
import { checkedHistory } from './player-history.ts';
import { tryTicks, type TriedTick } from './import-dry-run.ts';
import type { PlayerImport } from './player-import.ts';
import { checkedPeriodHistory, type PeriodHistoryInput } from './period-history.ts';

/** The collaborators of {@link PlayerImports}. */
export interface PlayerImportsPorts extends TermsSource {
  readonly playerImport: PlayerImport;
  readonly transactions: Transactions;
  readonly dryRuns: DryRuns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaderboards: Leaderboards;
  /** Refreshes the recorded schedules and rules. */
  readonly ticks: Pick<RecordedTicks, 'refresh'>;
  /** The jobs whose ticks apply to players, with their schedules. */
  readonly jobs: readonly ScheduledJob[];
}

/** How far an import has come. */
export interface ImportProgress {
  /** The players read from the source. */
  readonly read: number;
  /** Those who were written. */
  readonly imported: number;
  /** Those whom the game knew already, and who stayed as they are. */
  readonly known: number;
}

/** Options of an import. */
export interface ImportOptions {
  /** Called after each committed batch. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** What an import would do, and the next ticks after it. */
export interface ImportDryRun extends ImportProgress {
  /** The next ticks of lives and streaks, oldest first, with what they would change about the imported players. */
  readonly ticks: readonly TriedTick[];
}

/** Players per transaction: a few hundred milliseconds on a server. */
const BATCH = 10_000;

/** Imports players in batches: each one is checked as a whole and committed before the next one is read. */
export class PlayerImports {
  readonly #ports: PlayerImportsPorts;

  constructor(ports: PlayerImportsPorts) {
    this.#ports = ports;
  }

  async import(source: PlayerSource, options: ImportOptions): Promise<ImportProgress> {
    const { onProgress } = knownOptions(options, ['onProgress']);
    if (onProgress !== undefined) givenFunction('onProgress', onProgress);
    const { transactions } = this.#ports;
    const total = new Total();
    for await (const write of this.#batches(source)) {
      total.add(await transactions.run(write));
      onProgress?.(total.progress);
    }
    if (total.progress.imported > 0) await this.#recalculate();
    return total.progress;
  }

  async dryRun(source: PlayerSource, options: { readonly ticks?: number }): Promise<ImportDryRun> {
    const { ticks = 3 } = knownOptions(options, ['ticks']);
    wholeNumber('ticks', ticks, { min: 1, max: 100 });
    const { dryRuns, jobs, clock } = this.#ports;
    const total = new Total();
    const tried = tryTicks(jobs, clock.now(), ticks);
    for await (const write of this.#batches(source)) {
      const { result, events } = await dryRuns.dryRun(async (tx) => {
        const page = await write(tx);
        return { page, counts: await tried.run(tx, page.imported) };
      });
      total.add(result.page);
      tried.add(result.counts, events);
    }
    return { ...total.progress, ticks: tried.report };
  }

  async importPeriod(given: PeriodHistoryInput): Promise<boolean> {
    const { boards, transactions, playerImport } = this.#ports;
    const history = checkedPeriodHistory(given, boards);
    return transactions.run((tx) => playerImport.importPeriod(tx, history));
  }

  /** Returns the writes of a source's batches, in order; each is to be run in a transaction of its own. */
  async *#batches(source: PlayerSource): AsyncGenerator<(tx: Transaction) => Promise<WrittenPage>> {
    const select = selectOf(source);
    if (select !== null) yield* this.#pages(select);
    else yield* this.#chunks(source as Exclude<PlayerSource, { readonly select: string }>);
  }

  async *#chunks(
    players: Exclude<PlayerSource, { readonly select: string }>,
  ): AsyncGenerator<(tx: Transaction) => Promise<WrittenPage>> {
    const { playerImport } = this.#ports;
    let position = 0;
    for await (const chunk of chunksOf(players, BATCH)) {
      const terms = await this.#terms();
      const first = position;
      const checked = chunk.map((player, index) =>
        checkedHistory(player, `players[${first + index}]`, terms),
      );
      position += chunk.length;
      yield async (tx) => ({
        read: chunk.length,
        imported: await playerImport.importPlayers(tx, checked, terms),
      });
    }
  }

  async *#pages(select: string): AsyncGenerator<(tx: Transaction) => Promise<WrittenPage>> {
    const { playerImport, boards } = this.#ports;
    if (!playerImport.importSelected)
      throw new InvalidOptionError('select', select, 'works only with a store that has SQL');
    let after: string | null = null;
    let isFirst = true;
    while (isFirst || after !== null) {
      const terms = await this.#terms();
      const check = (row: Readonly<Record<string, unknown>>) => {
        assertPlayerColumns('select', Object.keys(row), boards);
        return checkedHistory(playerOfColumns(row, boards), `player ${String(row['user_id'])}`, terms);
      };
      const from = after;
      let next: string | null = null;
      yield async (tx) => {
        const page = { after: from, limit: BATCH, check };
        const written = await playerImport.importSelected!(tx, select, page, terms);
        next = written.next;
        return written;
      };
      after = next;
      isFirst = false;
    }
  }

  async #terms(): Promise<ImportTerms> {
    await this.#ports.ticks.refresh();
    return importTerms(this.#ports, this.#ports.clock.now());
  }

  /** A cached board knows nothing of the import. The players are committed, so a failure must not fail the import. */
  async #recalculate(): Promise<void> {
    const { leaderboards, boards, logger } = this.#ports;
    for (const { key } of boards) {
      try {
        await leaderboards.recalculate(key, { full: true });
      } catch (error) {
        logger.warn('imported players are not on a cached board yet; the next recalculation shows them', {
          board: key,
          error: errorText(error),
        });
      }
    }
  }
}

interface WrittenPage {
  readonly read: number;
  readonly imported: readonly UserId[];
}

class Total {
  #read = 0;
  #imported = 0;

  add({ read, imported }: WrittenPage): void {
    this.#read += read;
    this.#imported += imported.length;
  }

  get progress(): ImportProgress {
    return { read: this.#read, imported: this.#imported, known: this.#read - this.#imported };
  }
}
