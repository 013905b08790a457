import { iso } from '@gamekeeper/core';
import { count, data, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { facts } from '../html/parts.ts';
import type { Visitor } from '../web/access.ts';
import { actionTitles } from './action-links.ts';
import { storedAction, type AskedAction } from './asked-action.ts';

const MEANINGS: Readonly<Record<AskedAction['action'], string>> = {
  run: 'Runs this tick now, after ticks of the job before it that are due. A tick that has succeeded is not repeated.',
  'dry-run':
    'Runs the tick in a transaction that is rolled back: nothing is changed, and rows are locked meanwhile.',
  backfill:
    'Runs the ticks of the span that have not succeeded, oldest first. Stops at the first that cannot run now.',
  retry: 'Tries the failed items of this tick again, with the tick as the current time.',
  pause:
    'No instance starts a tick of this job until somebody resumes it. An active run continues to its end.',
  resume: 'Ticks of this job start again. Its missedTicks decides what happens to those of the pause.',
  recalculate: 'Makes the cached board equal to the database, and reports what was wrong.',
};

/** The longest reason. Characters. */
export const MOST_REASON = 1_000;

/** The form of an action: what it does, to what, and why. Its key lets it act once, however often it is sent. */
export function formPage(links: Links, { who }: Visitor, asked: AskedAction, key: string): Page {
  const title = actionTitles[asked.action];
  const { subject, details } = storedAction(asked, { id: key, who, reason: '' });
  const content = html`<h1>${title}</h1>
    <p class="lead">${MEANINGS[asked.action]}</p>
    ${facts([[asked.action === 'recalculate' ? 'Board' : 'Job', data(subject)], ...whatOf(asked), ['In the name of', data(who)]])}
    <form class="fields" method="post" action="${links('act')}">
      <input type="hidden" name="key" value="${key}" />
      <input type="hidden" name="action" value="${asked.action}" />
      <input type="hidden" name="${asked.action === 'recalculate' ? 'board' : 'job'}" value="${subject}" />
      ${Object.entries(details).flatMap(([name, value]) =>
        typeof value === 'string' ? [html`<input type="hidden" name="${name}" value="${value}" />`] : [],
      )}
      ${
        asked.action === 'recalculate' &&
        html`<label
          ><span>How</span
          ><select name="full">
            <option value="no">Only what differs</option>
            <option value="yes" ${asked.full && html` selected`}>Build it anew</option>
          </select></label
        >`
      }
      <label
        ><span>Why${asked.action === 'dry-run' ? ' (may be empty)' : ''}</span
        ><textarea
          name="reason"
          rows="3"
          maxlength="${MOST_REASON}"
          ${asked.action !== 'dry-run' && html` required`}
        ></textarea>
      </label>
      <p class="toolbar">
        <button class="primary">${title}</button
        ><a class="button" href="${backOf(links, asked)}">Do nothing</a>
      </p>
    </form>`;
  return { title, section: 'actions', content, refreshMs: null };
}

function whatOf(asked: AskedAction): readonly (readonly [string, Html])[] {
  if ('tick' in asked) return [['Tick', time(asked.tick)]];
  if (asked.action === 'backfill')
    return [
      ['From', time(asked.from)],
      ['Through', time(asked.to)],
    ];
  return [];
}

function backOf(links: Links, asked: AskedAction): string {
  if (asked.action === 'recalculate') return links('board', { board: asked.board });
  if ('tick' in asked) return links('run', { job: asked.job, tick: iso(asked.tick) });
  return links('job', { job: asked.job });
}

/** Returns how many characters of a reason are too many, for the page that refuses it. */
export function reasonAdvice(): string {
  return `Say why, in 1 to ${count(MOST_REASON)} characters: it is stored with the action.`;
}
