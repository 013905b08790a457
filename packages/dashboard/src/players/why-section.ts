import { explanationText, instant, type Explanation, type WithDates } from '@gamekeeper/core';
import { data, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { table } from '../html/parts.ts';
import type { PlayerSection } from './player-section.ts';

type Entry = WithDates<Explanation>;

/** Entries on a page. */
const SHOWN = 25;

/** What jobs and calls did to the player, newest first, and why. */
export const whyOfPlayer: PlayerSection = {
  id: 'why',
  title: 'Why',
  isWide: true,
  read: async ({ host, links, parameters }, userId) => {
    const at = parameters.instant('before');
    const id = parameters.text('entry', 1_000);
    const before = at === null || id === null ? at : { at, id };
    const entries = await host.explain(userId, { limit: SHOWN + 1, ...(before !== null && { before }) });
    const shown = entries.slice(0, SHOWN);
    const last = entries.length > SHOWN ? shown.at(-1) : undefined;
    return html`${table<Entry>(
      'What happened to the player',
      [
        { title: 'When', cell: (entry) => time(instant(entry.at)) },
        { title: 'By', cell: (entry) => sourceOf(links, entry) },
        { title: 'What happened', cell: (entry) => data(explanationText(entry)) },
        { title: 'Rule', cell: ({ rule }) => rule },
      ],
      shown,
      before === null ? 'Nothing is known about this player.' : 'Nothing earlier is known.',
    )}${
      last &&
      html`<p>
        <a
          href="${links('player', {
            user: userId,
            before: instantParameter(instant(last.at)),
            entry: last.id,
          })}"
          >Earlier</a
        >
      </p>`
    }`;
  },
};

/** The run of a tick, or the name of a call. */
function sourceOf(links: Links, { source, isTick, at }: Entry): Html | string {
  if (!isTick) return source;
  return html`<a href="${links('run', { job: source, tick: instantParameter(instant(at)) })}">${source}</a>`;
}
