import type { Instant } from '@gamekeeper/core';
import type { QuizSession } from '@gamekeeper/core/ports';
import { data, time } from '../html/format.ts';
import { html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { facts } from '../html/parts.ts';
import { playerForms } from './player-forms.ts';
import { sessionStatus } from './session-status.ts';

/** A quiz session by id: whose it is, and what became of it. */
export function sessionPage(links: Links, session: QuizSession | null, id: string, now: Instant): Page {
  const content = html`<h1>Session <small>${data(id)}</small></h1>
    ${playerForms(links, { session: id })} ${session ? sessionFacts(links, session, now) : unknownSession()}`;
  return { title: 'Session', section: 'players', content, refreshMs: null };
}

function unknownSession() {
  return html`<p class="headline warn"><span>No session with this id is stored.</span></p>`;
}

function sessionFacts(links: Links, session: QuizSession, now: Instant) {
  const { userId, status, startedAt, expiresAt, completedAt } = session;
  return facts([
    ['Player', html`<a href="${links('player', { user: userId })}">${data(userId)}</a>`],
    ['Status', sessionStatus(session, now)],
    ['Started', time(startedAt)],
    ['Must be completed before', time(expiresAt)],
    [status === 'expired' ? 'Expired by the tick' : 'Completed', time(completedAt)],
  ]);
}
