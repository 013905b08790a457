import { instant, type DomainEvent } from '@gamekeeper/core';

/** One event of a player, by its number, for tests of delivery. */
export function told(player: string, number: number): DomainEvent {
  return {
    type: 'Told',
    key: `Told:${player}:${number}`,
    occurredAt: instant('2026-11-24T00:00:00Z'),
    payload: { userId: player, number },
  };
}
