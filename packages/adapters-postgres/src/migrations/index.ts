import { Foundation } from './0001-foundation.ts';

/** All migrations, oldest first. A published one never changes. */
export const migrations = [{ name: '0001-foundation', class: Foundation }] as const;
