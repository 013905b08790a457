import { instant, addMs, userId } from '@gamekeeper/core';
import { type BoardPeriod, type NamedScore } from '@gamekeeper/core/ports';
import { defineBoards, periodAt } from '@gamekeeper/core/game';

/** When the board of the crowd is looked at. */
export const noon = instant('2026-11-24T12:00:00Z');

const weekly = defineBoards().find(({ key }) => key === 'weekly')!;

/** The board that the crowd is on. */
export const board: BoardPeriod = { board: weekly, period: periodAt(weekly, noon) };

/** The same players in every process; in each generation with other scores, and some of them new. */
export function crowd(generation: number, count = 300): readonly NamedScore[] {
  return Array.from({ length: count + 10 * generation }, (_, index) => ({
    userId: userId(`player-${index}`),
    username: `Player ${index}`,
    score: ((index * 7_919) % 997) + generation * (index % 3) * 50,
    lastXpAt: addMs(noon, (index % 7) + generation),
  }));
}
