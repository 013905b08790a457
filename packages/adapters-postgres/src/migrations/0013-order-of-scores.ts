import type { Migration } from './migration.ts';

/**
 * The index on the order of boards has only players with a score or with XP. All others come after them in the order of
 * their ids, which is that of the primary key: a reset adds them without a second index entry.
 */
export const orderOfScores: Migration = {
  name: '0013-order-of-scores',
  statements: [
    `drop index rankings_order`,
    `create index rankings_order on rankings (board, period, (-score), tie_key, user_id)
      where score > 0 or tie_key < 9223372036854775807`,
  ],
};
