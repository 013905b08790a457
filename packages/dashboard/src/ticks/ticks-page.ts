import { addMs, type Instant } from '@gamekeeper/core';
import { html } from '../html/html.ts';
import { utc } from '../html/format.ts';
import { instantParameter, type Links } from '../html/links.ts';
import type { Page } from '../html/layout.ts';
import { legend, matrixView } from './matrix-view.ts';
import type { Matrix } from './read-matrix.ts';
import { spanEnd, zooms, type Zoom } from './zoom.ts';

/** What the page shows: a zoom, and the instant that it is around; `null`: now, and it follows. */
export interface TicksChoice {
  readonly zoom: Zoom;
  readonly around: Instant | null;
}

/** The matrix of jobs and time. */
export function ticksPage(links: Links, { zoom, around }: TicksChoice, matrix: Matrix): Page {
  const { span } = matrix;
  const middle = around ?? matrix.now;
  const shown = (at: Instant): string => links('ticks', { zoom: zoom.name, around: instantParameter(at) });
  const halfMs = Math.floor(zoom.before / 2) * zoom.stepMs;
  const content = html`<h1>Ticks</h1>
    <p class="lead">
      What each job's schedule names, compared with what ran. ${utc(span.from)} to ${utc(spanEnd(span))}.
    </p>
    <div class="toolbar">
      <nav aria-label="Zoom">
        ${zooms.map(
          (each) =>
            html`<a
              class="choice"
              href="${links('ticks', {
                zoom: each.name,
                around: around === null ? undefined : instantParameter(around),
              })}"
              ${each.name === zoom.name && html` aria-current="true"`}
              >${each.title}</a
            >`,
        )}
      </nav>
      <nav aria-label="Time">
        <a class="choice" href="${shown(addMs(middle, -halfMs))}" rel="prev">← Earlier</a>${
          around !== null && html`<a class="choice" href="${links('ticks', { zoom: zoom.name })}">Now</a>`
        }<a class="choice" href="${shown(addMs(middle, halfMs))}" rel="next">Later →</a>
      </nav>
    </div>
    ${matrixView(links, matrix)} ${legend()}`;
  return { title: 'Ticks', section: 'ticks', content, refreshMs: around === null ? 10_000 : null };
}
