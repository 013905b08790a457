import type { XpAward } from '@gamekeeper/core';
import type { AwardOutcome, BoardPeriod, NewPlayer } from '@gamekeeper/core/ports';
import { sql, type RawBuilder } from 'kysely';
import type { Sql } from '../database/postgres-transaction.ts';
import type { Tables } from '../database/sql.ts';
import { statement, type Placeholders } from '../database/statement.ts';
import { PlayerRowMissingError } from '../mapping/mapping-errors.ts';
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
  const rows = await countAward(db, tables, parameters);
  await assertPlayer(db, tables, award, rows);
  return outcomeOf(rows, award, filings);
}

/** Whether the player has a row, if only the host creates it; without one, nothing is counted. Primary key. */
function hasPlayer(tables: Tables, p: Pick<Placeholders<AwardParameters>, 'userId'>): RawBuilder<unknown> {
  const { id, createsRows } = tables.columns.progress;
  if (createsRows) return sql`true`;
  return sql`exists (select from ${tables.progress} where ${id} = ${id.write(p.userId)})`;
}

/**
 * Tells an award that is known from one whose player the host has not created.
 *
 * @throws {PlayerRowMissingError}
 */
async function assertPlayer(
  db: Sql,
  tables: Tables,
  { userId }: XpAward,
  rows: readonly FiledAward[],
): Promise<void> {
  if (tables.columns.progress.createsRows || rows.some(({ counted }) => counted)) return;
  const [found] = await findPlayer(db, tables, { userId });
  if (!found!.hasPlayer) throw new PlayerRowMissingError(tables.progressName, userId);
}

const findPlayer = statement<{ readonly userId: string }, { readonly hasPlayer: boolean }>(
  'find_player',
  (tables, p) => sql`select ${hasPlayer(tables, p)} as "hasPlayer"`,
);

const countAward = statement<AwardParameters & FilingParameters & NewPlayer, FiledAward>(
  'count_award',
  (tables, p) => sql`
    with award as (${newAward(tables, p, hasPlayer(tables, p))}),
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
  if (!rows.every(({ isCurrent }) => isCurrent)) return null;
  await assertPlayer(db, tables, award, rows);
  return outcomeOf(rows, award, filings);
}

const countCurrentAward = statement<
  AwardParameters & FilingParameters & NewPlayer & { readonly schema: string },
  FiledAward & { readonly isCurrent: boolean }
>(
  'count_current_award',
  (tables, p) => sql`
    with ${heldPeriods(tables, p)},
    award as (${newAward(tables, p, sql`${areCurrent(p)} and ${hasPlayer(tables, p)}`)}),
    player as (${awardedPlayer(tables, p)}),
    ${filingTable(p)},
    ${filedAward(tables, p, { columns: sql`, ${areCurrent(p)} as "isCurrent"` })}
  `,
);
