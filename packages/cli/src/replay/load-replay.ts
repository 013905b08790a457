import type * as tools from './tools.ts';

/** Loads the tools for replays: histories, the replay and its result. Loaded on demand, because they need the testkit. */
export function loadReplay(): Promise<typeof tools> {
  return import('./tools.ts');
}
