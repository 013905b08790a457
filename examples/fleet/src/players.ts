import { HOUR_MS, addMs, iso, type Instant } from '@gamekeeper/core';
import type { Pool } from 'pg';

/** A streak in danger: the player has not played for 20 hours. */
const IN_DANGER = 'current_streak > 0 and last_quiz_at < $1::timestamptz';

/** Some of the players, by id. */
export interface PlayerRange {
  /** The range begins after this id. */
  readonly after: string;
  /** It ends with this id; `null` at the last range. */
  readonly through: string | null;
}

/** Reads the players of the game, in its own tables. */
export class Players {
  readonly #pool: Pool;
  readonly #schema: string;

  constructor(pool: Pool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
  }

  /** Returns ranges of about as many players each, at most `count`, that together have every player. */
  async ranges(count: number): Promise<readonly PlayerRange[]> {
    const { rows } = await this.#pool.query<{ last: string }>(
      `select max(user_id) as last from (
        select user_id, ntile($1) over (order by user_id) as range from "${this.#schema}".player_progress
      ) as players group by range order by range`,
      [count],
    );
    const ends = [...rows.slice(0, -1).map(({ last }) => last), null];
    return ends.map((through, index) => ({ after: ends[index - 1] ?? '', through }));
  }

  /** Returns the next players of a range whose streak is in danger, in the order of their ids. */
  async inDanger(asOf: Instant, { after, through }: PlayerRange, limit: number): Promise<readonly string[]> {
    const { rows } = await this.#pool.query<{ user_id: string }>(
      `select user_id from "${this.#schema}".player_progress
      where ${IN_DANGER} and user_id > $2 and ($3::text is null or user_id <= $3) order by user_id limit $4`,
      [notSince(asOf), after, through, limit],
    );
    return rows.map(({ user_id }) => user_id);
  }
}

function notSince(asOf: Instant): string {
  return iso(addMs(asOf, -20 * HOUR_MS));
}
