import { html, type Html, type HtmlValue } from './html.ts';

/** How much a value asks for attention. Its colour and its mark follow. */
export type Tone = 'good' | 'quiet' | 'warn' | 'bad' | 'busy';

const marks: Readonly<Record<Tone, string>> = { good: '✓', quiet: '–', warn: '!', bad: '✕', busy: '›' };

/** Returns a word with a mark in front of it. */
export function badge(tone: Tone, text: string): Html {
  return html`<span class="badge ${tone}"
    ><span class="mark" aria-hidden="true">${marks[tone]}</span>${text}</span
  >`;
}

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => HtmlValue;
  /** Numbers stand at the right. */
  readonly isNumber?: boolean;
}

/** Returns a table with a caption, or a sentence if there are no rows. The first column names its row. */
export function table<Row>(
  caption: string,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="empty">${empty}</p>`;
  const kind = ({ isNumber }: Column<Row>): Html | null => (isNumber ? html` class="number"` : null);
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption class="hidden">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${columns.map((column) => html`<th scope="col" ${kind(column)}>${column.title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr>
              ${columns.map((column, index) =>
                index === 0
                  ? html`<th scope="row" ${kind(column)}>${column.cell(row)}</th>`
                  : html`<td${kind(column)}>${column.cell(row)}</td>`,
              )}
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Returns names with their values. */
export function facts(values: readonly (readonly [name: string, value: HtmlValue])[]): Html {
  return html`<dl class="facts">
    ${values.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}
