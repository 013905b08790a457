import { foundation } from './0001-foundation.ts';
import { serverClock } from './0002-server-clock.ts';
import { compatibility } from './0003-compatibility.ts';
import { rowsInPlace } from './0004-rows-in-place.ts';
import { packedEvents } from './0005-packed-events.ts';
import { streakEvaluations } from './0006-streak-evaluations.ts';
import { shards } from './0007-shards.ts';
import { pendingCacheUpdates } from './0008-pending-cache-updates.ts';
import { operatorActions } from './0009-operator-actions.ts';
import { playerLog } from './0010-player-log.ts';
import { runEvents } from './0011-run-events.ts';
import { packedArchive } from './0012-packed-archive.ts';
import { orderOfScores } from './0013-order-of-scores.ts';
import type { Migration } from './migration.ts';

export type { Migration };

/** All migrations, oldest first. */
export const migrations: readonly Migration[] = [
  foundation,
  serverClock,
  compatibility,
  rowsInPlace,
  packedEvents,
  streakEvaluations,
  shards,
  pendingCacheUpdates,
  operatorActions,
  playerLog,
  runEvents,
  packedArchive,
  orderOfScores,
];

/** What code must support to use a schema. */
export interface Compatibility {
  /** Increased by each migration that older code cannot work with. */
  readonly level: number;
  /** The oldest release with this level. */
  readonly oldestRelease: string;
}

/** Returns the level of a schema with these migrations, and of code that knows them. */
export function compatibilityOf(all: readonly Migration[]): Compatibility {
  const breaking = all.flatMap(({ oldestRelease }) => oldestRelease ?? []);
  return { level: 1 + breaking.length, oldestRelease: breaking.at(-1) ?? '0.1.0' };
}
