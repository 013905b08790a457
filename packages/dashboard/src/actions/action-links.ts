import { html, type Html } from '../html/html.ts';
import type { Links, Parameter } from '../html/links.ts';
import type { ActionName, Visitor } from '../web/access.ts';

/** An action that a page offers, and what it is done to. */
export interface OfferedAction {
  readonly action: ActionName;
  readonly of: Readonly<Record<string, Parameter>>;
  /** Default: the title of the action. */
  readonly title?: string;
}

/** The titles of all actions. */
export const actionTitles: Readonly<Record<ActionName, string>> = {
  run: 'Run this tick',
  'dry-run': 'Dry run',
  backfill: 'Run what is missing',
  retry: 'Retry failed items',
  pause: 'Pause the job',
  resume: 'Resume the job',
  recalculate: 'Recalculate',
};

/** Returns links to the forms of those actions that somebody may do; nothing if there are none. */
export function actionLinks(links: Links, { may }: Visitor, offered: readonly OfferedAction[]): Html | null {
  const allowed = offered.filter(({ action }) => may.has(action));
  if (allowed.length === 0) return null;
  return html`<p class="toolbar">
    ${allowed.map(
      ({ action, of, title }) =>
        html`<a class="button" href="${links('act', { action, ...of })}"
          >${title ?? actionTitles[action]}…</a
        >`,
    )}
  </p>`;
}
