import { instant } from '@gamekeeper/core';
import { actionLinks } from '../actions/action-links.ts';
import { count, data, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { table } from '../html/parts.ts';
import type { Visitor } from '../web/access.ts';
import { boardText, periodsTable } from './boards-page.ts';
import type { BoardReads, ShownStanding, StandingsChoice, StandingsReads } from './read-boards.ts';

/** One board: the top of a period, or the neighbours of a player; and its periods. */
export function boardPage(
  links: Links,
  visitor: Visitor,
  choice: StandingsChoice,
  reads: StandingsReads,
  periods: BoardReads,
): Page {
  const { board, period, user } = choice;
  const { key } = board;
  const last = periods.periods.length === PERIODS_SHOWN ? periods.periods.at(-1) : undefined;
  const content = html`<p class="crumbs"><a href="${links('boards')}">Boards</a></p>
    <h1>${data(key)} <small>${period === null ? 'current period' : data(period)}</small></h1>
    <p class="lead">${boardText(board)}</p>
    <form class="search" method="get" action="${links('board')}">
      <input
        type="hidden"
        name="board"
        value="${key}"
      />${period !== null && html`<input type="hidden" name="period" value="${period}" />`}
      <label
        ><span>User id</span
        ><input name="user" value="${user ?? ''}" autocomplete="off" spellcheck="false" /></label
      ><button>Find</button>
      ${user !== null && html`<a class="button" href="${links('board', { board: key, period: period ?? undefined })}">Show the top</a>`}
    </form>
    ${standingsTable(links, choice, reads.standings)}
    ${reads.cursor !== null && html`<p><a href="${links('board', { board: key, period: period ?? undefined, cursor: reads.cursor })}">Next players</a></p>`}
    ${actionLinks(links, visitor, [{ action: 'recalculate', of: { board: key } }])}
    <section aria-labelledby="periods">
      <h2 id="periods">Periods</h2>
      ${periodsTable(links, periods, reads.now)}
      ${last && html`<p><a href="${links('board', { board: key, before: last.key })}">Older periods</a></p>`}
    </section>`;
  return { title: key, section: 'boards', content, refreshMs: null };
}

/** Periods below a board. */
export const PERIODS_SHOWN = 20;

function standingsTable(links: Links, { user }: StandingsChoice, standings: readonly ShownStanding[]): Html {
  return table<ShownStanding>(
    'Standings',
    [
      { title: 'Rank', cell: ({ rank }) => count(rank), isNumber: true },
      {
        title: 'User id',
        cell: ({ userId }) =>
          html`<a href="${links('player', { user: userId })}">${data(userId)}</a
            >${userId === user && html` <small>← searched</small>`}`,
      },
      { title: 'Name', cell: ({ username }) => data(username) },
      { title: 'Score', cell: ({ score }) => count(score), isNumber: true },
      { title: 'Last XP', cell: ({ lastXpAt }) => time(lastXpAt === null ? null : instant(lastXpAt)) },
    ],
    standings,
    user === null ? 'Nobody is on this board.' : 'This player is not on this board.',
  );
}
