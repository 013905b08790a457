import { sessionId } from '@gamekeeper/core';
import type { QuizSession } from '@gamekeeper/core/ports';
import { data, time } from '../html/format.ts';
import { html } from '../html/html.ts';
import { instantParameter } from '../html/links.ts';
import { table } from '../html/parts.ts';
import type { PlayerSection } from './player-section.ts';
import { sessionStatus } from './session-status.ts';

/** Sessions on a page. */
const SHOWN = 10;

/** The player's quizzes, open and past, newest first. */
export const sessionsOfPlayer: PlayerSection = {
  id: 'sessions',
  title: 'Sessions',
  isWide: true,
  read: async ({ ports, links, parameters }, player, now) => {
    const startedAt = parameters.instant('started');
    const id = parameters.text('session');
    const before = startedAt === null || id === null ? {} : { before: { startedAt, id: sessionId(id) } };
    const found = await ports.sessions.listOf(player, { limit: SHOWN + 1, ...before });
    const shown = found.slice(0, SHOWN);
    const last = found.length > SHOWN ? shown.at(-1) : undefined;
    return html`${table<QuizSession>(
      'Sessions of the player',
      [
        {
          title: 'Session',
          cell: (session) => html`<a href="${links('session', { id: session.id })}">${data(session.id)}</a>`,
        },
        { title: 'Status', cell: (session) => sessionStatus(session, now) },
        { title: 'Started', cell: (session) => time(session.startedAt) },
        { title: 'Ended', cell: ({ completedAt }) => time(completedAt) },
      ],
      shown,
      'before' in before ? 'There are no older sessions.' : 'No session of this player is stored.',
    )}${
      last &&
      html`<p>
        <a
          href="${links('player', {
            user: player,
            started: instantParameter(last.startedAt),
            session: last.id,
          })}"
          >Older sessions</a
        >
      </p>`
    }`;
  },
};
