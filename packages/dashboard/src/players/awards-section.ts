import { awardId, type XpAward } from '@gamekeeper/core';
import { count, data, time } from '../html/format.ts';
import { html } from '../html/html.ts';
import { instantParameter } from '../html/links.ts';
import { table } from '../html/parts.ts';
import type { PlayerSection } from './player-section.ts';

/** Awards on a page. */
const SHOWN = 10;

/** The XP that the player earned, the last first. */
export const awardsOfPlayer: PlayerSection = {
  id: 'awards',
  title: 'Awards',
  isWide: true,
  read: async ({ ports, links, parameters }, player) => {
    const earnedAt = parameters.instant('earned');
    const id = parameters.text('award');
    const before = earnedAt === null || id === null ? {} : { before: { earnedAt, awardId: awardId(id) } };
    const found = await ports.awards.listOf(player, { limit: SHOWN + 1, ...before });
    const shown = found.slice(0, SHOWN);
    const last = found.length > SHOWN ? shown.at(-1) : undefined;
    return html`${table<XpAward>(
      'Awards of the player',
      [
        { title: 'Award', cell: (award) => data(award.awardId) },
        { title: 'XP', cell: ({ amount }) => count(amount) },
        { title: 'Earned', cell: (award) => time(award.earnedAt) },
      ],
      shown,
      'before' in before ? 'There are no earlier awards.' : 'No award of this player is stored.',
    )}${
      last &&
      html`<p>
        <a
          href="${links('player', {
            user: player,
            earned: instantParameter(last.earnedAt),
            award: last.awardId,
          })}"
          >Earlier awards</a
        >
      </p>`
    }`;
  },
};
