import { redactSecrets } from '@gamekeeper/core/engine';
import { actionLinks } from '../actions/action-links.ts';
import { count, data, duration, time, utc } from '../html/format.ts';
import { html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { table } from '../html/parts.ts';
import { shownState } from '../ticks/tick-state.ts';
import type { Visitor } from '../web/access.ts';
import type { SpanChoice, SpanReads, SpanTick } from './read-span.ts';

/** The ticks of a job in a span, one by one. */
export function spanPage(
  links: Links,
  visitor: Visitor,
  { job, from, to }: SpanChoice,
  reads: SpanReads,
): Page {
  const { ticks, next } = reads;
  const past = ticks.filter(({ state }) => state !== 'ahead');
  const [first, last] = [past[0], past.at(-1)];
  const content = html`<p class="crumbs"><a href="${links('job', { job })}">${data(job)}</a></p>
    <h1>Ticks of ${data(job)}</h1>
    <p class="lead">From ${time(from)} to ${time(to)}, without the end.</p>
    ${
      first &&
      last &&
      actionLinks(links, visitor, [
        {
          action: 'backfill',
          of: { job, from: instantParameter(first.tick), to: instantParameter(last.tick) },
        },
      ])
    }
    ${table<SpanTick>(
      'Ticks',
      [
        {
          title: 'Tick',
          cell: ({ tick }) =>
            html`<a href="${links('run', { job, tick: instantParameter(tick) })}">${time(tick)}</a>`,
        },
        {
          title: 'State',
          cell: ({ state }) => {
            const { word, mark } = shownState(state);
            return html`<span class="cell ${state}" aria-hidden="true">${mark}</span> ${word}`;
          },
        },
        {
          title: 'Began after',
          cell: ({ tick, run }) => (run && run.startedAt !== null ? duration(run.startedAt - tick) : '–'),
          isNumber: true,
        },
        {
          title: 'Took',
          cell: ({ run }) =>
            run && run.startedAt !== null && run.finishedAt !== null
              ? duration(run.finishedAt - run.startedAt)
              : '–',
          isNumber: true,
        },
        { title: 'Attempts', cell: ({ run }) => (run ? count(run.fence) : '–'), isNumber: true },
        { title: 'Items', cell: ({ run }) => (run ? count(run.processed) : '–'), isNumber: true },
        { title: 'Failed items', cell: ({ run }) => (run ? count(run.failedItems) : '–'), isNumber: true },
        { title: 'Error or reason', cell: ({ run }) => (run?.error ? data(redactSecrets(run.error)) : '') },
      ],
      ticks,
      'The schedule names no tick in this span, and none is recorded.',
    )}
    ${next !== null && html`<p><a href="${links('span', { job, from: instantParameter(next), to: instantParameter(to) })}">Later ticks, from ${utc(next)}</a></p>`}`;
  return { title: `Ticks of ${job}`, section: 'ticks', content, refreshMs: 10_000 };
}
