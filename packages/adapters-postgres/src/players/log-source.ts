import { sql, type RawBuilder } from 'kysely';

/** A relation of entries of a player's log, and the columns that order them. */
export interface LogSource {
  readonly at: RawBuilder<unknown>;
  readonly entry: RawBuilder<unknown>;
  readonly kind: RawBuilder<unknown>;
  readonly details: RawBuilder<unknown>;
  readonly recordedAt?: RawBuilder<unknown>;
  /** What comes after "from", up to the condition for the player. */
  readonly from: RawBuilder<unknown>;
}

/** Returns a JSON object of names and values. */
export function object(fields: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`pg_catalog.jsonb_build_object(${fields})`;
}
