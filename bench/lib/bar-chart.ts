/** Bars under one heading. */
export interface BarGroup {
  readonly label: string;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

/** A chart of horizontal bars. */
export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly groups: readonly BarGroup[];
}

const WIDTH = 760;
const BARS_AT = 250;
const BARS_WIDTH = 400;
const BAR = 18;
const GAP = 5;
const HEADING = 30;
const TOP = 44;

/** Text in SVG that reads well on light and on dark pages; the first bar of each group is ours. */
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 15px }
    .heading { font-weight: 600 }
    .ours { fill: #0969da }
    .other { fill: #afb8c1 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .ours { fill: #4493f8 }
      .other { fill: #656d76 }
    }
  `;

/** Returns a chart as SVG, with its numbers as text. */
export function barChart({ title, unit, groups }: BarChart): string {
  const most = Math.max(...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  let y = TOP;
  const parts: string[] = [];
  for (const { label, bars } of groups) {
    parts.push(`<text class="heading" x="0" y="${y + 16}">${escaped(label)}</text>`);
    y += HEADING;
    for (const [index, { name, value }] of bars.entries()) {
      const width = Math.max(1, Math.round((value / most) * BARS_WIDTH));
      parts.push(
        `<text x="12" y="${y + 14}">${escaped(name)}</text>`,
        `<rect class="${index === 0 ? 'ours' : 'other'}" x="${BARS_AT}" y="${y}" width="${width}" height="${BAR}" rx="2"/>`,
        `<text x="${BARS_AT + width + 8}" y="${y + 14}">${shown(value)}</text>`,
      );
      y += BAR + GAP;
    }
    y += GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="18">${escaped(title)} (${escaped(unit)})</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** Three significant digits. */
function shown(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en-US');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
