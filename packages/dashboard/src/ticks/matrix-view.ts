import { addMs, iso, type Instant } from '@gamekeeper/core';
import { redactSecrets } from '@gamekeeper/core/engine';
import { count, counted, data, duration, utc } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { instantParameter, type Links } from '../html/links.ts';
import type { MatrixCell, MatrixRow } from './matrix.ts';
import type { Matrix } from './read-matrix.ts';
import { shownState, tickStates } from './tick-state.ts';
import { stepStart, type MatrixSpan } from './zoom.ts';

/** Returns a matrix as a table: a row for each job, a cell for each step, and in each cell a link with its words. */
export function matrixView(links: Links, { span, now, rows, cut }: Matrix): Html {
  return html`<div class="scroll matrix-scroll" role="region" aria-label="Ticks by job and time">
    <table class="matrix" data-keys="matrix">
      <caption class="hidden">
        Ticks by job and time, from ${utc(span.from)}. Each cell is ${duration(span.stepMs)}.
      </caption>
      <thead>
        <tr>
          <td></td>
          ${headings(span, now)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => rowView(links, row, span, now, cut.includes(row.job)))}
      </tbody>
    </table>
  </div>`;
}

/** Returns what each mark means. */
export function legend(): Html {
  return html`<ul class="legend" aria-label="What the cells mean">
    ${tickStates.map(
      ({ state, word, mark, meaning }) =>
        html`<li>
          <span class="cell ${state}" aria-hidden="true">${mark}</span><span><b>${word}</b> ${meaning}</span>
        </li>`,
    )}
  </ul>`;
}

function headings(span: MatrixSpan, now: Instant): readonly Html[] {
  const { steps, perHeading, stepMs } = span;
  return Array.from({ length: steps / perHeading }, (_, index) => {
    const from = stepStart(span, index * perHeading);
    const isNow = from <= now && now < addMs(from, perHeading * stepMs);
    return html`<th scope="colgroup" colspan="${perHeading}" ${isNow && html` class="now"`}>
      ${headingText(from, stepMs * perHeading, index === 0)}
    </th>`;
  });
}

function headingText(at: Instant, lengthMs: number, isFirst: boolean): string {
  const [day, clock] = [iso(at).slice(5, 10), iso(at).slice(11, 16)];
  if (lengthMs >= 86_400_000) return day;
  return clock === '00:00' || isFirst ? `${day} ${clock}` : clock;
}

function rowView(
  links: Links,
  { job, cells }: MatrixRow,
  span: MatrixSpan,
  now: Instant,
  isCut: boolean,
): Html {
  const byStep = new Map(cells.map((cell) => [cell.step, cell]));
  const nowStep = Math.floor((now - span.from) / span.stepMs);
  return html`<tr>
    <th scope="row">
      <a href="${links('job', { job })}">${data(job)}</a>${isCut && html` <small>newest only</small>`}
    </th>
    ${Array.from({ length: span.steps }, (_, step) => {
      const cell = byStep.get(step);
      const mark = step === nowStep ? html` class="now"` : null;
      return cell ? html`<td${mark}>${cellView(links, job, cell, span)}</td>` : html`<td${mark}></td>`;
    })}
  </tr> `;
}

function cellView(links: Links, job: string, cell: MatrixCell, span: MatrixSpan): Html {
  const label = cellText(cell, span);
  const from = stepStart(span, cell.step);
  const href =
    cell.tick === null
      ? links('span', { job, from: instantParameter(from), to: instantParameter(addMs(from, span.stepMs)) })
      : links('run', { job, tick: instantParameter(cell.tick) });
  const { state, mark } = shownState(cell.state);
  return html`<a class="cell ${state}" href="${href}" aria-label="${label}">${mark}</a>`;
}

/** Returns what a cell says in words: `10:00 failed: disk full, 2 failed items`. */
function cellText({ state, ticks, owed, tick, recorded, step }: MatrixCell, span: MatrixSpan): string {
  const at = utc(tick ?? stepStart(span, step));
  const { word } = shownState(state);
  const told = details(recorded);
  if (tick !== null || ticks === 1) {
    const again = state !== 'taken-over' && recorded !== null && recorded.repeated > 0;
    return [`${at} ${word}`, ...(again ? [shownState('taken-over').word] : []), ...told].join(', ');
  }
  const many = ticks === null ? 'many ticks' : counted(ticks, 'tick');
  const kinds = recorded && [
    recorded.failed > 0 && `${count(recorded.failed)} failed`,
    recorded.skipped > 0 && `${count(recorded.skipped)} skipped`,
    recorded.late > 0 && `${count(recorded.late)} late`,
    recorded.repeated > 0 && `${count(recorded.repeated)} taken over`,
    recorded.running > 0 && 'one running',
  ];
  const found = [owed > 0 && `${count(owed)} owed`, ...(kinds ?? [])].filter((text) => text !== false);
  return [`from ${at} ${many}: ${found.length > 0 ? found.join(', ') : word}`, ...told].join(', ');
}

function details(recorded: MatrixCell['recorded']): readonly string[] {
  if (recorded === null) return [];
  const { error, failed, skipped, maxLatenessMs, late, processed, failedItems } = recorded;
  const told = [
    failed > 0 && error !== null && `error: ${shortened(redactSecrets(error))}`,
    failed === 0 && skipped > 0 && error !== null && `reason: ${error}`,
    late > 0 && maxLatenessMs !== null && `began ${duration(maxLatenessMs)} after its tick`,
    processed > 0 && counted(processed, 'item'),
    failedItems > 0 && counted(failedItems, 'failed item'),
  ];
  return told.filter((text) => text !== false);
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 99).replace(/[\uD800-\uDBFF]$/, '')}…` : text;
}
