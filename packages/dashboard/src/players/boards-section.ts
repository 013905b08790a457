import { instant, type Board } from '@gamekeeper/core';
import { count, data, time } from '../html/format.ts';
import { html } from '../html/html.ts';
import { table } from '../html/parts.ts';
import type { DashboardHost } from '../dashboard-host.ts';
import type { PlayerSection } from './player-section.ts';

interface Place {
  readonly board: Board;
  readonly standing: Awaited<ReturnType<DashboardHost['leaderboards']['standing']>>;
}

/** The player's place on every board, in its current period. */
export const boardsOfPlayer: PlayerSection = {
  id: 'places',
  title: 'Places on boards',
  read: async ({ host, links }, userId) => {
    const places = await Promise.all(
      host.leaderboards.boards.map(async (board): Promise<Place> => ({
        board,
        standing: await host.leaderboards.standing(board.key, userId),
      })),
    );
    return table<Place>(
      'Places on boards',
      [
        {
          title: 'Board',
          cell: ({ board: { key } }) =>
            html`<a href="${links('board', { board: key, user: userId })}">${data(key)}</a>`,
        },
        { title: 'Rank', cell: ({ standing }) => (standing ? count(standing.rank) : '–'), isNumber: true },
        { title: 'Score', cell: ({ standing }) => (standing ? count(standing.score) : '–'), isNumber: true },
        {
          title: 'Last XP',
          cell: ({ standing }) => time(standing?.lastXpAt ? instant(standing.lastXpAt) : null),
        },
      ],
      places,
      'This host has no boards.',
    );
  },
};
