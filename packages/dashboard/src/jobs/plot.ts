import { html, type Html } from '../html/html.ts';

/** One bar of a plot. */
export interface Bar {
  readonly value: number;
  /** What the bar says when it is pointed at. */
  readonly label: string;
  readonly isBad: boolean;
}

const WIDTH = 300;
const HEIGHT = 60;

/**
 * Returns bars as an SVG. What they show is also in the caption, in numbers.
 *
 * @param bars oldest first
 */
export function plot(title: string, numbers: string, bars: readonly Bar[]): Html {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const width = WIDTH / Math.max(1, bars.length);
  return html`<figure>
    <figcaption><b>${title}</b> <span>${numbers}</span></figcaption>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${title}: ${numbers}"
    >
      <line class="plot-axis" x1="0" y1="${HEIGHT}" x2="${WIDTH}" y2="${HEIGHT}" />
      ${bars.map(({ value, label, isBad }, index) => {
        const height = Math.max(1, (Math.max(0, value) / most) * (HEIGHT - 2));
        return html`<rect
          class="plot-bar${isBad && ' bad'}"
          x="${round(index * width)}"
          y="${round(HEIGHT - height)}"
          width="${round(Math.max(0.5, width * 0.82))}"
          height="${round(height)}"
          ><title>${label}</title></rect
        >`;
      })}
    </svg>
  </figure>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
