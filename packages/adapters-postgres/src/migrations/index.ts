import { foundation } from './0001-foundation.ts';
import { serverClock } from './0002-server-clock.ts';
import { compatibility } from './0003-compatibility.ts';
import type { Migration } from './migration.ts';

export type { Migration };

/** All migrations, oldest first. */
export const migrations: readonly Migration[] = [foundation, serverClock, compatibility];

/** What code has to be able to do on a schema. */
export interface Compatibility {
  /** One more with each migration that older code cannot work with. */
  readonly level: number;
  /** The oldest release whose code is of this level. */
  readonly oldestRelease: string;
}

/** The level of a schema on which migrations have run, and of code that knows them. */
export function compatibilityOf(all: readonly Migration[]): Compatibility {
  const breaking = all.flatMap(({ oldestRelease }) => oldestRelease ?? []);
  return { level: 1 + breaking.length, oldestRelease: breaking.at(-1) ?? '0.1.0' };
}
