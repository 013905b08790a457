import type { OperatorAction } from '@gamekeeper/core/ports';
import { data, duration, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { facts } from '../html/parts.ts';
import { actionTitles } from './action-links.ts';
import { actionBadge, actionsTable } from './actions-table.ts';

/** Actions on one page. */
export const ACTIONS_ON_A_PAGE = 50;

/** What operators did, newest first. */
export function actionsPage(links: Links, actions: readonly OperatorAction[], subject: string | null): Page {
  const shown = actions.slice(0, ACTIONS_ON_A_PAGE);
  const last = actions.length > ACTIONS_ON_A_PAGE ? shown.at(-1) : undefined;
  const content = html`<h1>Actions${subject !== null && html` on ${data(subject)}`}</h1>
    <p class="lead">Who did what from the dashboard, when and why.</p>
    ${actionsTable(links, shown)}
    ${last && html`<p><a href="${links('actions', { before: last.position, subject: subject ?? undefined })}">Older actions</a></p>`}`;
  return { title: 'Actions', section: 'actions', content, refreshMs: 10_000 };
}

/** One action: who, what, why, and how it ended. */
export function actionPage(links: Links, action: OperatorAction): Page {
  const { who, reason, begunAt, endedAt, result, status } = action;
  const name = Object.hasOwn(actionTitles, action.action)
    ? actionTitles[action.action as keyof typeof actionTitles]
    : action.action;
  const content = html`<p class="crumbs"><a href="${links('actions')}">Actions</a></p>
    <h1>${name}</h1>
    ${facts([
      ['On', subjectLink(links, action)],
      ...Object.entries(action.details).map(([field, value]) => [field, data(String(value))] as const),
      ['Who', data(who)],
      ['When', time(begunAt)],
      ['End', actionBadge(action)],
      ...(endedAt === null ? [] : [['After', duration(endedAt - begunAt)] as const]),
    ])}
    <p>Why: ${data(reason)}</p>
    ${
      result === null
        ? html`<p>
            It is still going on, or the process that did it ended first. What it did is in the ledger.
          </p>`
        : html`<pre tabindex="0"><bdi>${result}</bdi></pre>`
    }`;
  return { title: name, section: 'actions', content, refreshMs: status === 'begun' ? 2_000 : null };
}

function subjectLink(links: Links, { action, subject, details }: OperatorAction): Html {
  if (action === 'recalculate')
    return html`<a href="${links('board', { board: subject })}">${data(subject)}</a>`;
  const { tick } = details;
  const href =
    typeof tick === 'string' ? links('run', { job: subject, tick }) : links('job', { job: subject });
  return html`<a href="${href}">${data(subject)}</a>`;
}
