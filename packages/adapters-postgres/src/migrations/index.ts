import { foundation } from './0001-foundation.ts';
import { serverClock } from './0002-server-clock.ts';
import type { Migration } from './migration.ts';

export type { Migration };

/** All migrations, oldest first. */
export const migrations: readonly Migration[] = [foundation, serverClock];
