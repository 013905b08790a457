import { isGamekeeperError } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { data } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';

/** A page with a status that is not 200. */
export interface ErrorPage {
  readonly status: number;
  readonly page: Page;
}

const SAMPLE = `dashboard(host, {
  access: (request) => ({ may: isAdmin(request) ? 'actions' : 'none', who: nameOf(request) }),
})`;

/** Nobody may look. Says how to open it, to a developer who has just mounted it. */
export function closedPage(): ErrorPage {
  return errorPage(
    403,
    'Closed',
    html`<p>You may not see this dashboard. It is closed until its <code>access</code> option opens it:</p>
      <pre tabindex="0">${SAMPLE}</pre>
      <p>
        It returns <code>'none'</code>, <code>'read'</code>, <code>'actions'</code>, or a list of actions.
        Whoever may read sees player ids, names and errors.
      </p>`,
  );
}

/** The sender may look, but may not do this. */
export function forbiddenPage(text: string): ErrorPage {
  return errorPage(403, 'Not allowed', html`<p>${text}</p>`);
}

/** There is no such page. */
export function notFoundPage(text = 'There is no such page.'): ErrorPage {
  return errorPage(404, 'Not found', html`<p>${text}</p>`);
}

/** Only forms may be sent, and only to actions. */
export function methodPage(): ErrorPage {
  return errorPage(
    405,
    'Method not allowed',
    html`<p>Pages are read with GET; only actions are sent with POST.</p>`,
  );
}

/** The host is not open: it is starting or has stopped. */
export function hostStatePage(state: string): ErrorPage {
  return errorPage(
    503,
    'Not open',
    html`<p>The host is ${data(state)}. The dashboard shows it as soon as it is open.</p>`,
    2_000,
  );
}

const statuses: Readonly<Record<string, number>> = {
  INVALID_OPTION: 400,
  INVALID_INSTANT: 400,
  NOT_A_FORM: 400,
  NOT_A_TICK: 400,
  UNKNOWN_JOB: 404,
  UNKNOWN_BOARD: 404,
  HOST_STATE: 503,
  STORE_UNAVAILABLE: 503,
  DASHBOARD_TIMEOUT: 503,
};

/** Reading failed. Errors of Gamekeeper say what to do; others may say anything, so only operators' logs have them. */
export function failurePage(error: unknown): ErrorPage {
  if (!isGamekeeperError(error))
    return errorPage(
      500,
      'Error',
      html`<p>This page could not be made, because of an unexpected error. The log has it.</p>`,
    );
  const status = statuses[error.code] ?? 500;
  return errorPage(
    status,
    status === 503
      ? 'Not available'
      : status === 404
        ? 'Not found'
        : status === 400
          ? 'Not accepted'
          : 'Error',
    html`<p>${data(errorText(error))}</p>
      <p><small>${error.code}</small></p>`,
    status === 503 ? 5_000 : null,
  );
}

function errorPage(status: number, title: string, text: Html, refreshMs: number | null = null): ErrorPage {
  return {
    status,
    page: {
      title,
      section: null,
      content: html`<h1>${title}</h1>
        ${text}`,
      refreshMs,
    },
  };
}
