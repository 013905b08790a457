import type { Logger } from '@gamekeeper/core';
import { counted, data, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { badge, table, type Tone } from '../html/parts.ts';
import type { RunReads } from './read-run.ts';

type Line = NonNullable<RunReads['log']>['lines'][number];

const tones: Readonly<Record<keyof Logger, Tone>> = {
  debug: 'quiet',
  info: 'good',
  warn: 'warn',
  error: 'bad',
};

/** What this process wrote to its log about the run, if it keeps such lines. */
export function logSection(log: RunReads['log']): Html {
  return html`<section aria-labelledby="log">
    <h2 id="log">Log</h2>
    ${
      log === null
        ? html`<p class="empty">This process keeps no log lines: its option engine.keptLogLines is 0.</p>`
        : lines(log)
    }
  </section>`;
}

function lines({ lines: kept, dropped }: NonNullable<RunReads['log']>): Html {
  return html`${
    dropped > 0 && html`<p class="lead">${counted(dropped, 'older line')} of this run no longer kept.</p>`
  }${table<Line>(
    'Log lines about this run',
    [
      { title: 'When', cell: ({ at }) => time(at) },
      { title: 'Level', cell: ({ level }) => badge(tones[level], level) },
      { title: 'Line', cell: ({ text }) => data(text) },
    ],
    kept,
    'This process has no lines about this run. They are in the log of the instance that ran it.',
  )}`;
}
