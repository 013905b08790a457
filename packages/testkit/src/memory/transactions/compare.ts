import type { UserId } from '@gamekeeper/core';
import { compareBytewise } from '@gamekeeper/core/game';

interface Compared<Outcome> {
  readonly userId: UserId;
  readonly current: Outcome;
  readonly proposed: Outcome;
}

/**
 * Compares what two sets of rules do to each of some players.
 *
 * @param count adds up outcomes
 */
export function compareAll<Outcome, Counts, Player extends Compared<Outcome>>(
  players: readonly Player[],
  count: (outcomes: readonly { readonly player: Player; readonly outcome: Outcome }[]) => Counts,
  limit: number,
): {
  readonly current: Counts;
  readonly proposed: Counts;
  readonly differing: number;
  readonly sample: readonly Player[];
} {
  const differing = players
    .filter(({ current, proposed }) => JSON.stringify(current) !== JSON.stringify(proposed))
    .sort((a, b) => compareBytewise(a.userId, b.userId));
  return {
    current: count(players.map((player) => ({ player, outcome: player.current }))),
    proposed: count(players.map((player) => ({ player, outcome: player.proposed }))),
    differing: differing.length,
    sample: differing.slice(0, limit),
  };
}
