import { userId, type Instant } from '@gamekeeper/core';
import { data } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { RoomContext } from '../room.ts';
import { playerForms } from './player-forms.ts';
import { playerSections } from './sections.ts';

/** A player by id; without one, the form alone. */
export async function playerPage(context: RoomContext, user: string | null, now: Instant): Promise<Page> {
  const { links } = context;
  if (user === null)
    return page(
      html`<h1>Players</h1>
        ${playerForms(links, {})}`,
      'Players',
    );
  const id = userId(user);
  const player = await context.ports.players.find(id);
  const name = player?.username ?? user;
  const sections = await Promise.all(
    playerSections.map(async ({ id: section, title, isWide, read }) => {
      const content = await read(context, id, now);
      return html`<section aria-labelledby="${section}" ${isWide === true && html` class="wide"`}>
        <h2 id="${section}">${title}</h2>
        ${content}
      </section>`;
    }),
  );
  return page(
    html`<h1>${data(name)}${name !== user && html` <small>${data(user)}</small>`}</h1>
      ${playerForms(links, { user })}
      ${player === null && html`<p class="headline warn"><span>No player with this id is known: this is what a new one would have.</span></p>`}
      <div class="columns">${sections}</div>`,
    name,
  );
}

function page(content: Html, title: string): Page {
  return { title, section: 'players', content, refreshMs: null };
}
