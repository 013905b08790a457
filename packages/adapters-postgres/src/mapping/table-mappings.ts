/** The type of an id column of the host's. `bigint` includes `integer`, and `text` includes `varchar`. */
export type IdType = 'uuid' | 'bigint' | 'text';

/** The type of a table's instants: with a time zone, or without one and in UTC. */
export type InstantType = 'timestamptz' | 'timestamp';

/** What an update sets beside the columns of the game: the time of the update, or a version increased by 1. */
export type Touch = 'now' | 'increment';

/** A column of ids. */
export interface IdMapping {
  readonly column: string;
  readonly type: IdType;
  /** The collation of a text column. Default `default`: that of the database. */
  readonly collation?: 'default' | 'C';
}

/** A table of the host's that takes the place of one of ours. */
export interface TableMapping {
  /** Schema and table: `game.players`. */
  readonly table: string;
  /** The primary key, or another column with a unique index. */
  readonly id: IdMapping;
  /** The type of all mapped instants. Default `timestamptz`. */
  readonly instants?: InstantType;
  /**
   * Columns that every update sets as well, so that the host's own code sees the change: `{ updated_at: 'now', version:
   * 'increment' }`. A new row gets the current time, and version 1.
   */
  readonly touch?: Readonly<Record<string, Touch>>;
  /**
   * Whether only the host inserts and deletes rows, as in a table with columns that Gamekeeper cannot fill. A call for
   * a player without a row then throws `PLAYER_ROW_MISSING`. Default `false`.
   */
  readonly hostCreatesRows?: boolean;
}

/** A table of the host's with the lives of players. */
export interface LivesMapping extends TableMapping {
  /** The host's names of our columns. */
  readonly columns: {
    /** `integer` or `smallint`, not null. */
    readonly currentLives: string;
    /** Instant, nullable: the last life that was regenerated. */
    readonly lastRegenAt: string;
    /** Instant, nullable: the next life. */
    readonly nextRegenAt: string;
    /**
     * Optional, and best for large tables: a column that the database computes from the lives, so that ticks find the
     * players below their maximum by an index and still rewrite rows in place. `gamekeeper check` prints its DDL.
     */
    readonly fullLives?: string;
  };
}

/** A table of the host's with the names, XP and streaks of players. */
export interface ProgressMapping extends TableMapping {
  /** The host's names of our columns. */
  readonly columns: {
    /** Text, not null: the name on leaderboards. */
    readonly username: string;
    /** `bigint` or `integer`, not null: XP of all time. */
    readonly xp: string;
    /** `integer` or `smallint`, not null: days in a row. */
    readonly currentStreak: string;
    /** `integer` or `smallint`, not null. */
    readonly longestStreak: string;
    /** Instant, nullable: the last quiz that counted. */
    readonly lastQuizAt: string;
    /** `integer` or `smallint`, not null: missed days that will be forgiven. */
    readonly protections: string;
    /** `date`, nullable: the last day that a tick has judged. Without it, a side table of Gamekeeper keeps the day. */
    readonly evaluatedOn?: string;
    /** `integer` or `smallint`, nullable: the length of the last broken streak. Without it, ticks cost more. */
    readonly lostStreak?: string;
    /** Instant, nullable: the last XP. Without it, Gamekeeper keeps it nowhere. */
    readonly xpUpdatedAt?: string;
  };
}

/** A table of the host's with quiz sessions. Gamekeeper inserts their rows. */
export interface SessionsMapping extends Omit<TableMapping, 'hostCreatesRows'> {
  /** The column with the player's id. */
  readonly user: IdMapping;
  /** The host's names of our columns. */
  readonly columns: {
    /** Text or an enumeration of the host's, not null. */
    readonly status: string;
    /** Instant, not null. */
    readonly startedAt: string;
    /** Instant, not null: from then on, the session is over for the game. */
    readonly expiresAt: string;
    /** Instant, nullable: when it was completed or expired. */
    readonly completedAt: string;
  };
  /** The host's names of the states. Default: ours. Any other state of a row counts as completed. */
  readonly statuses?: { readonly active?: string; readonly completed?: string; readonly expired?: string };
}

/** Tables of the host's in the place of ours. What is not mapped stays in our own tables. */
export interface TableMappings {
  readonly lives?: LivesMapping;
  readonly progress?: ProgressMapping;
  readonly sessions?: SessionsMapping;
}
