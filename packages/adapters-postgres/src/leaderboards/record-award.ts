import type { XpAward } from '@gamekeeper/core';
import type { AwardOutcome, BoardPeriod, NewPlayer } from '@gamekeeper/core/ports';
import { sql } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';
import { statement } from '../database/statement.ts';
import { areCurrent, heldPeriods, periodParameters, type ExpectedPeriods } from './expected-periods.ts';
import {
  awardParameters,
  awardedPlayer,
  filedAward,
  filingTable,
  newAward,
  outcomeOf,
  tieKeysOf,
  unsealedFilings,
  type AwardParameters,
  type FiledAward,
  type FilingParameters,
} from './file-award.ts';
import type { BoardTables } from './hold-periods.ts';

/**
 * Counts an award for the player and on each board whose period is not sealed, in one statement. Primary keys of all
 * tables; locks the player's rows. The periods must be opened and held open before, by a separate statement, so that
 * this one sees what was sealed by then. This statement itself opens only all-time periods.
 */
export async function recordAward(
  db: Sql,
  tables: Tables,
  award: XpAward,
  { filings, ...newPlayer }: NewPlayer & { readonly filings: readonly BoardPeriod[] },
): Promise<AwardOutcome> {
  const parameters = {
    ...awardParameters(award),
    ...periodParameters(filings),
    tieKeys: tieKeysOf(award, filings),
    ...newPlayer,
  };
  return outcomeOf(await countAward(db, tables, parameters), award, filings);
}

const countAward = statement<AwardParameters & FilingParameters & NewPlayer, FiledAward>(
  'count_award',
  (tables, p) => sql`
    with award as (${newAward(tables, p)}),
    player as (${awardedPlayer(tables, p)}),
    ${filingTable(p)},
    ${filedAward(tables, p, { unsealed: unsealedFilings(tables) })}
  `,
);

/**
 * Holds the expected periods of an award open and counts it, in one statement, if all of them are stored and current;
 * otherwise changes nothing and returns `null`. Indexes and locks as of `heldPeriods` and {@link recordAward}.
 */
export async function recordCurrentAward(
  db: Sql,
  { tables, schema }: BoardTables,
  award: XpAward,
  { expected, ...newPlayer }: NewPlayer & { readonly expected: ExpectedPeriods },
): Promise<AwardOutcome | null> {
  const { filings, parameters } = expected;
  const rows = await countCurrentAward(db, tables, {
    ...awardParameters(award),
    ...parameters,
    tieKeys: tieKeysOf(award, filings),
    ...newPlayer,
    schema,
  });
  return rows.every(({ isCurrent }) => isCurrent) ? outcomeOf(rows, award, filings) : null;
}

const countCurrentAward = statement<
  AwardParameters & FilingParameters & NewPlayer & { readonly schema: string },
  FiledAward & { readonly isCurrent: boolean }
>(
  'count_current_award',
  (tables, p) => sql`
    with ${heldPeriods(tables, p)},
    award as (${newAward(tables, p, areCurrent(p))}),
    player as (${awardedPlayer(tables, p)}),
    ${filingTable(p)},
    ${filedAward(tables, p, { columns: sql`, ${areCurrent(p)} as "isCurrent"` })}
  `,
);
