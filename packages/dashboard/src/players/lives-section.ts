import { instant } from '@gamekeeper/core';
import { count, duration, time } from '../html/format.ts';
import { html } from '../html/html.ts';
import { facts } from '../html/parts.ts';
import type { PlayerSection } from './player-section.ts';

/** Lives with their timer, as the player sees them: due ticks included. */
export const livesOfPlayer: PlayerSection = {
  id: 'lives',
  title: 'Lives',
  read: async ({ host }, userId, now) => {
    const { currentLives, lastRegenAt, nextRegenAt } = await host.lives.read(userId);
    const next = nextRegenAt === null ? null : instant(nextRegenAt);
    return facts([
      ['Lives', count(currentLives)],
      ['Last life given at', time(lastRegenAt === null ? null : instant(lastRegenAt))],
      [
        'Timer',
        next === null
          ? 'never started'
          : html`${time(next)}
              <small>${next > now ? `in ${duration(next - now)}` : 'over, or all lives are there'}</small>`,
      ],
    ]);
  },
};
