import { instant, type Board, type Instant, type Run } from '@gamekeeper/core';
import { actionLinks } from '../actions/action-links.ts';
import { count, data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { badge, table } from '../html/parts.ts';
import type { Visitor } from '../web/access.ts';
import { periodSteps, stepOf } from './period-step.ts';
import { driftSection } from './drift-section.ts';
import type { BoardReads } from './read-boards.ts';

/** What the page of all boards shows. */
export interface AllBoards {
  readonly boards: readonly BoardReads[];
  /** The newest recalculations, newest tick first. */
  readonly recalculations: readonly Run[];
  readonly now: Instant;
}

/** All boards with their newest periods, and how far their caches had drifted. */
export function boardsPage(links: Links, visitor: Visitor, { boards, recalculations, now }: AllBoards): Page {
  const content = html`<h1>Boards</h1>
    <p class="lead">
      Each period is open, waits for late awards, and is then sealed, archived and finished by its reset.
    </p>
    ${boards.map(
      (reads) =>
        html`<section aria-labelledby="board-${reads.board.key}">
          <h2 id="board-${reads.board.key}">
            <a href="${links('board', { board: reads.board.key })}">${data(reads.board.key)}</a>
            <small>${boardText(reads.board)}</small>
          </h2>
          ${periodsTable(links, reads, now)}
          ${actionLinks(links, visitor, [{ action: 'recalculate', of: { board: reads.board.key } }])}
        </section>`,
    )}
    ${driftSection(links, recalculations)}`;
  return { title: 'Boards', section: 'boards', content, refreshMs: 10_000 };
}

const kinds = { all: 'all time', month: 'monthly', week: 'weekly', day: 'daily' } as const;

/** Returns a board's definition in words. */
export function boardText({ period, timeZone, tieBreak }: Board): string {
  return `${kinds[period]}, ${timeZone}, ties: ${tieBreak} first`;
}

/** The periods of a board with the step at which each is. */
export function periodsTable(
  links: Links,
  { board, periods, graceMs, reset }: BoardReads,
  now: Instant,
): Html {
  return table<BoardReads['periods'][number]>(
    `Periods of ${board.key}`,
    [
      {
        title: 'Period',
        cell: ({ key }) =>
          html`<a href="${links('board', { board: board.key, period: key })}">${data(key)}</a>`,
      },
      { title: 'Step', cell: (period) => stepCell(period, graceMs, now) },
      { title: 'Ends', cell: ({ endsAt }) => (endsAt === null ? 'never' : time(instant(endsAt))) },
      {
        title: 'Sealed',
        cell: ({ sealedAt, endsAt }) =>
          sealedAt === null
            ? '–'
            : html`<a href="${links('run', { job: reset?.job.name, tick: new Date(sealedAt).toISOString() })}"
                  >${time(instant(sealedAt))}</a
                >${
                  endsAt !== null &&
                  Number(sealedAt) !== Number(endsAt) &&
                  html` <small>${duration(Number(sealedAt) - Number(endsAt))} after its end</small>`
                }`,
      },
      {
        title: 'Archived players',
        cell: ({ players }) => (players === null ? '–' : count(players)),
        isNumber: true,
      },
    ],
    periods,
    'No period was opened yet: nobody has played.',
  );
}

function stepCell(period: BoardReads['periods'][number], graceMs: number, now: Instant): Html {
  const step = stepOf(period, graceMs, now);
  if (step === 'unsealed')
    return badge('bad', `not sealed, ${duration(now - instant(period.endsAt!))} after its end`);
  if (step === 'ahead') return html`<span class="none">ahead</span>`;
  const shown = period.endsAt === null ? periodSteps.slice(0, 1) : periodSteps;
  return html`<ol class="steps">
    ${shown.map((each) => html`<li${each.step === step && html` aria-current="step"`}>${each.title}</li>`)}
  </ol>`;
}
