import type { Run } from '@gamekeeper/core';
import { count, counted, duration, utc } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { plot, type Bar } from './plot.ts';

/**
 * Duration, rows and lateness of a job's newest runs.
 *
 * @param runs newest tick first
 */
export function history(runs: readonly Run[]): Html {
  const started = runs.filter(({ startedAt }) => startedAt !== null).toReversed();
  if (started.length === 0) return html`<p class="empty">This job has not run yet.</p>`;
  const plots = [
    plotOf('Duration', started, took, duration),
    plotOf('Items', started, ({ processed }) => processed, count),
    plotOf('Began after its tick', started, ({ startedAt, tick }) => startedAt! - tick, duration),
  ];
  return html`<p>${failureShare(runs)}</p>
    <div class="plots">${plots}</div>`;
}

function failureShare(runs: readonly Run[]): string {
  const ended = runs.filter(({ status }) => status === 'succeeded' || status === 'failed');
  const failed = ended.filter(({ status }) => status === 'failed').length;
  const items = ended.reduce((sum, { failedItems }) => sum + failedItems, 0);
  const share = ended.length === 0 ? 0 : Math.round((failed / ended.length) * 1_000) / 10;
  return `Of the newest ${counted(ended.length, 'run')}, ${count(failed)} failed (${share} %), with ${counted(items, 'failed item')}.`;
}

function plotOf(
  title: string,
  runs: readonly Run[],
  valueOf: (run: Run) => number | null,
  shown: (value: number) => string,
): Html {
  const bars = runs.flatMap((run): Bar | readonly Bar[] => {
    const value = valueOf(run);
    if (value === null) return [];
    return {
      value,
      label: `${utc(run.tick)}: ${shown(value)}, ${run.status}`,
      isBad: run.status === 'failed',
    };
  });
  const values = bars.map(({ value }) => value).sort((a, b) => a - b);
  const middle = values[values.length >> 1] ?? 0;
  return plot(
    title,
    `newest ${shown(bars.at(-1)?.value ?? 0)}, median ${shown(middle)}, most ${shown(values.at(-1) ?? 0)}`,
    bars,
  );
}

function took({ startedAt, finishedAt }: Run): number | null {
  return startedAt === null || finishedAt === null ? null : finishedAt - startedAt;
}
