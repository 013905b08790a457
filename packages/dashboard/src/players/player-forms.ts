import { html, type Html } from '../html/html.ts';
import type { Links } from '../html/links.ts';

/** The forms that find a player, or a session, by id. */
export function playerForms(
  links: Links,
  { user = '', session = '' }: { readonly user?: string; readonly session?: string },
): Html {
  return html`<div class="forms" role="search">
    ${form(links('player'), 'user', 'User id', user)} ${form(links('session'), 'id', 'Session id', session)}
  </div>`;
}

function form(action: string, name: string, label: string, value: string): Html {
  return html`<form class="search" method="get" action="${action}">
    <label
      ><span>${label}</span
      ><input name="${name}" value="${value}" autocomplete="off" spellcheck="false" required /></label
    ><button>Show</button>
  </form>`;
}
