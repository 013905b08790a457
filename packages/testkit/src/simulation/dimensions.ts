import { InvalidOptionError } from '@gamekeeper/core';

/**
 * What may be out of the ordinary in a history, beside processes that crash and connections that break:
 * - `clocks`: clocks that are off by days, or jump; players act through hosts that have them
 * - `deploys`: versions with other schedules, boards and rules, all at once or one instance after the other
 * - `delivery`: instances deliver events to handlers that are slow and fail
 * - `locks`: somebody else holds the store for a while
 * - `transactions`: players act in transactions of the host's that stay open, conflict and are undone
 * - `instants`: hosts say of actions that they happened at absurd times
 * - `cache`: the leaderboard cache loses everything, comes back older, or is away
 */
export type Dimension = 'clocks' | 'deploys' | 'delivery' | 'locks' | 'transactions' | 'instants' | 'cache';

/** All of them. */
export const allDimensions: readonly Dimension[] = [
  'clocks',
  'deploys',
  'delivery',
  'locks',
  'transactions',
  'instants',
  'cache',
];

/** @throws {InvalidOptionError} for a name that is none */
export function dimension(name: string): Dimension {
  const found = allDimensions.find((known) => known === name);
  if (!found) throw new InvalidOptionError('dimension', name, `must be one of ${allDimensions.join(', ')}`);
  return found;
}
