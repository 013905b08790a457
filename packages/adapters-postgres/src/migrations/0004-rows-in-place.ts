import type { Migration } from './migration.ts';

/**
 * Rows that ticks rewrite in place: no index of `lives` has a column that a tick changes, and each page has room for
 * the new versions of its rows. Writes the table anew, in the time of a full copy, during which nobody can use it.
 */
export const rowsInPlace: Migration = {
  name: '0004-rows-in-place',
  statements: [
    `alter table lives set (fillfactor = 45)`,
    // All rows get the maximum that the game has recorded, without a rewrite of their own; 5 is the default of the
    // rules. A row with another value is found all the same, and corrected by the player's next tick.
    `do $$ begin
      execute format('alter table lives add column max_lives int not null default %s', coalesce(
        (select (rules ->> 'maxLives')::int from rule_changes where name = 'lives' order by since desc limit 1), 5));
    end $$`,
    `alter table lives alter column max_lives set default 5`,
    // The maximum, if the player has reached it. Computed by the database, so that it is right whoever writes the row.
    `alter table lives add column full_lives int
      generated always as (case when current_lives >= max_lives then max_lives end) stored`,
    `drop index lives_due`,
    `create index lives_below_max on lives (user_id) where full_lives is null`,
    // Finds the players whom a raised maximum has put below it; without a raise, nobody.
    `create index lives_full on lives (full_lives) where full_lives is not null`,

    // Streaks that are protected and XP leave the indexed columns as they are. Existing pages keep their rows, which
    // find room in new ones over time.
    `alter table player_progress set (fillfactor = 50)`,
  ],
};
