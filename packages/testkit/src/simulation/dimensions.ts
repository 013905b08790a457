import { InvalidOptionError } from '@gamekeeper/core';

/**
 * Additional kinds of faults in a history, besides processes that crash and connections that break:
 * - `clocks`: clocks that are wrong by days, or jump; players act through hosts with such clocks
 * - `deploys`: versions with other schedules, boards and rules, deployed at once or one instance after the other
 * - `delivery`: instances deliver events to handlers that are slow and fail
 * - `locks`: another transaction locks the store for a while
 * - `transactions`: players act in transactions of the host that stay open, conflict and are rolled back
 * - `instants`: hosts pass absurd times for actions
 * - `shards`: runs are divided into shards, which instances share
 * - `courier`: a courier carries the work between instances that send and instances that work; it loses, doubles, delays and
 *   reorders
 * - `cache`: the leaderboard cache loses all data, returns with older data, or is unavailable
 */
export type Dimension =
  'clocks' | 'deploys' | 'delivery' | 'locks' | 'transactions' | 'instants' | 'cache' | 'shards' | 'courier';

/** All dimensions. */
export const allDimensions: readonly Dimension[] = [
  'clocks',
  'deploys',
  'delivery',
  'locks',
  'transactions',
  'instants',
  'cache',
  'shards',
  'courier',
];

/**
 * Returns the dimension of this name.
 *
 * @throws {InvalidOptionError} for an unknown name
 */
export function dimension(name: string): Dimension {
  const found = allDimensions.find((known) => known === name);
  if (!found) throw new InvalidOptionError('dimension', name, `must be one of ${allDimensions.join(', ')}`);
  return found;
}
