import type { JobHost } from '@gamekeeper/composition';
import { iso, type Instant } from '@gamekeeper/core';
import { dashboard } from '@gamekeeper/dashboard';

/** A run that needed more than one attempt. */
export interface TakenOver {
  readonly job: string;
  readonly tick: Instant;
}

/** Answers which of the runs the dashboard does not show as taken over, in the cell of their tick. */
export async function unwatched(host: JobHost, runs: readonly TakenOver[]): Promise<readonly string[]> {
  const handle = dashboard(host, { access: () => 'read' });
  const missing: string[] = [];
  for (const { job, tick } of runs) {
    const around = iso(tick).replace('.000Z', 'Z');
    const response = await handle(new Request(`http://127.0.0.1/ticks?zoom=6h&around=${around}`));
    const page = await response.text();
    const cells = [...page.matchAll(/<a class="cell [^"]*" href="([^"]*)" aria-label="([^"]*)"/g)];
    const cell = cells.find(([, href = '']) => isRun(href, job, around));
    if (!cell?.[2]?.includes('taken over'))
      missing.push(`the dashboard shows ${job} at ${around} as ${JSON.stringify(cell?.[2] ?? 'nothing')}`);
  }
  return missing;
}

function isRun(href: string, job: string, tick: string): boolean {
  const { searchParams } = new URL(href.replaceAll('&#38;', '&'), 'http://127.0.0.1');
  return searchParams.get('job') === job && searchParams.get('tick') === tick;
}
