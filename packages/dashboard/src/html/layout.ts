import { assetVersion } from '../assets/assets.ts';
import { html, type Html } from './html.ts';
import type { Links } from './links.ts';

/** One page: what is on it, and where it is in the navigation. */
export interface Page {
  readonly title: string;
  /** The entry of the navigation that it belongs to; `null`: none. */
  readonly section: Section | null;
  readonly content: Html;
  /** How often the page is read again while it is open. Milliseconds; `null`: never. */
  readonly refreshMs: number | null;
}

/** The entries of the navigation. */
export type Section = 'now' | 'ticks' | 'boards' | 'players' | 'actions';

const sections: readonly { readonly section: Section; readonly page: string; readonly title: string }[] = [
  { section: 'now', page: '', title: 'Now' },
  { section: 'ticks', page: 'ticks', title: 'Ticks' },
  { section: 'boards', page: 'boards', title: 'Boards' },
  { section: 'players', page: 'player', title: 'Players' },
  { section: 'actions', page: 'actions', title: 'Actions' },
];

/** Returns a page as a document. It needs no script to be read. */
export function document(links: Links, { title, section, content, refreshMs }: Page): string {
  const asset = (name: string): string => links(`assets/${name}`, { v: assetVersion });
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Gamekeeper</title>
        <link rel="icon" href="${asset('icon.svg')}" />
        <link rel="stylesheet" href="${asset('style.css')}" />
        <script type="module" src="${asset('script.js')}"></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a class="brand" href="${links('')}">Gamekeeper</a>
          <nav aria-label="Dashboard">
            ${sections.map(
              (each) =>
                html`<a href="${links(each.page)}" ${each.section === section && html` aria-current="page"`}
                  >${each.title}</a
                >`,
            )}
          </nav>
        </header>
        <main id="main" tabindex="-1" ${refreshMs !== null && html` data-refresh="${refreshMs}"`}>
          ${content}
        </main>
        <footer>
          <p>All times are UTC unless a zone is named.</p>
          <p id="live"></p>
        </footer>
      </body>
    </html> `.toString();
}
