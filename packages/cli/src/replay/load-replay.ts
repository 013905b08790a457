import type * as tools from './tools.ts';

/**
 * What a replay is made of: histories, the replay itself, and what comes of it. Loaded when it is asked for, since it
 * brings the testkit along.
 */
export function loadReplay(): Promise<typeof tools> {
  return import('./tools.ts');
}
