import { GamekeeperError, SetupError } from '@gamekeeper/core';

/** Thrown when a mapped table cannot be used as the mapping says. `fix` has the statements that change the table. */
export class TableMappingError extends SetupError<'TABLE_MAPPING_INVALID'> {
  constructor(what: string, advice: { readonly advice: string; readonly fix?: readonly string[] }) {
    super('TABLE_MAPPING_INVALID', what, advice);
  }
}

/** Thrown when a player has no row in a mapped table whose rows only the host creates. */
export class PlayerRowMissingError extends GamekeeperError<'PLAYER_ROW_MISSING'> {
  /** @param table its quoted name */
  constructor(table: string, userId: string) {
    super(
      'PLAYER_ROW_MISSING',
      `The table ${table} has no row for the player ${userId}, and only the host creates its rows (hostCreatesRows); insert the row first.`,
    );
  }
}
