import type { RawBuilder } from 'kysely';
import { hostId, instantColumn, ownId, plainColumn, type Column, type IdColumn } from './column.ts';
import { hostWrites, ownWrites, type TableWrites } from './host-table.ts';
import type { LivesMapping } from './table-mappings.ts';

/** The columns of the table of lives. Statements that update it give it the alias `lives`. */
export interface LivesColumns extends TableWrites {
  readonly id: IdColumn;
  readonly currentLives: Column;
  readonly lastRegenAt: Column;
  readonly nextRegenAt: Column;
  /**
   * The maximum that the player has reached, computed by the database; null below it. `null` without such a column:
   * then due rows are found in the order of the table.
   */
  readonly fullLives: RawBuilder<unknown> | null;
  /** The maximum at the player's last tick, from which our own table computes `fullLives`. */
  readonly maxLives: RawBuilder<unknown> | null;
}

export const ownLives: LivesColumns = {
  ...ownWrites,
  id: ownId('user_id'),
  currentLives: plainColumn('current_lives'),
  lastRegenAt: plainColumn('last_regen_at'),
  nextRegenAt: plainColumn('next_regen_at'),
  fullLives: plainColumn('full_lives'),
  maxLives: plainColumn('max_lives'),
};

export function hostLives(mapping: LivesMapping): LivesColumns {
  const { id, table, columns, instants = 'timestamptz' } = mapping;
  return {
    ...hostWrites(mapping, 'lives'),
    id: hostId(id, { option: 'userId', table }),
    currentLives: plainColumn(columns.currentLives),
    lastRegenAt: instantColumn(columns.lastRegenAt, instants),
    nextRegenAt: instantColumn(columns.nextRegenAt, instants),
    fullLives: columns.fullLives === undefined ? null : plainColumn(columns.fullLives),
    maxLives: null,
  };
}
