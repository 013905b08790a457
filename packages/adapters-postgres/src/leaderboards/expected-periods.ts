import type { Board, Instant } from '@gamekeeper/core';
import type { BoardPeriod, Period } from '@gamekeeper/core/ports';
import { periodAt } from '@gamekeeper/core/game';
import { sql, type RawBuilder } from 'kysely';
import type { Tables } from '../database/sql.ts';
import type { Placeholders } from '../database/statement.ts';

/** The parameters of periods: arrays with an element for each board. */
export interface PeriodParameters {
  readonly boards: readonly string[];
  readonly periods: readonly string[];
  /** Empty for a period without a beginning: with array_nulls off, a NULL in an array is text. */
  readonly startsAt: readonly string[];
  readonly endsAt: readonly string[];
  readonly boardCount: number;
}

/** The periods in which an award probably counts. */
export interface ExpectedPeriods {
  readonly filings: readonly BoardPeriod[];
  readonly parameters: PeriodParameters;
}

export function periodParameters(filings: readonly BoardPeriod[]): PeriodParameters {
  const at = (instant: Instant | null): string => (instant === null ? '' : new Date(instant).toISOString());
  return {
    boards: filings.map(({ board }) => board.key),
    periods: filings.map(({ period }) => period.key),
    startsAt: filings.map(({ period }) => at(period.startsAt)),
    endsAt: filings.map(({ period }) => at(period.endsAt)),
    boardCount: filings.length,
  };
}

/**
 * Guesses the periods of an instant, so that a statement only has to confirm them by their keys: those that were found
 * last, or else those of the boards' definitions.
 */
export class PeriodExpectations {
  readonly #found = new Map<string, Period>();
  #last: ExpectedPeriods = { filings: [], parameters: periodParameters([]) };

  of(boards: readonly Board[], at: Instant): ExpectedPeriods {
    const filings = boards.map((board, index) => {
      const last = this.#last.filings[index];
      if (last?.board === board && contains(last.period, at)) return last;
      const found = this.#found.get(board.key);
      return { board, period: found && contains(found, at) ? found : periodAt(board, at) };
    });
    const { filings: before } = this.#last;
    const isSame =
      filings.length === before.length && filings.every((filing, index) => filing === before[index]);
    if (!isSame) this.#last = { filings, parameters: periodParameters(filings) };
    return this.#last;
  }

  /** Remembers the periods that are stored, which may differ from the boards' definitions. */
  learn(filings: readonly BoardPeriod[]): void {
    for (const { board, period } of filings) this.#found.set(board.key, period);
    this.#last = { filings: [], parameters: periodParameters([]) };
  }
}

function contains({ startsAt, endsAt }: Period, at: Instant): boolean {
  return (startsAt === null || startsAt <= at) && (endsAt === null || at < endsAt);
}

/**
 * The CTE `held`: those of the given periods that are stored, each held open until the transaction ends. Sealing one of
 * them waits, and this waits for a sealing in progress. Uses advisory locks, shared among awards, so that there is no row
 * that all awards write. Primary key of periods.
 *
 * `is_current` says whether a period has not ended by the database's clock, which is read after the lock. A period is
 * sealed only after its end: one that is current is not sealed, even if this statement's snapshot is older than the lock,
 * and stays so until the transaction ends.
 *
 * @param after a condition that is evaluated before the locks are taken; if it is false, nothing is held
 */
export function heldPeriods(
  tables: Tables,
  p: Placeholders<PeriodParameters & { readonly schema: string }>,
  after: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`
    found as materialized (
      select known.board, known.period, known.ends_at from ${wantedPeriods(p)}
      join ${tables.periods} as known on known.board = wanted.board and known.period = wanted.period
        and known.starts_at is not distinct from nullif(wanted.starts_at, '')::timestamptz
        and known.ends_at is not distinct from nullif(wanted.ends_at, '')::timestamptz
      where ${after}
    ),
    held as materialized (
      select case
        when ends_at is null then true
        when pg_catalog.pg_advisory_xact_lock_shared(
          pg_catalog.hashtext(${p.schema}::text || board), pg_catalog.hashtext(period))::text is not null
        then ends_at > ${tables.now} end as is_current
      from found
    )
  `;
}

/** The given periods as a table. The limit is for the planner, which does not know how long an array is. */
export function wantedPeriods(p: Placeholders<PeriodParameters>): RawBuilder<unknown> {
  return sql`(
    select * from unnest(${p.boards}::text[], ${p.periods}::text[], ${p.startsAt}::text[], ${p.endsAt}::text[])
      as wanted (board, period, starts_at, ends_at)
    limit ${p.boardCount}::bigint
  ) as wanted`;
}

/** Whether all given periods are held and current. */
export function areCurrent(p: Placeholders<PeriodParameters>): RawBuilder<unknown> {
  return sql`(select pg_catalog.count(*) from held where is_current) = ${p.boardCount}::bigint`;
}
