import type { Run } from '@gamekeeper/core';
import { count, counted, time, utc } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { instantParameter, type Links } from '../html/links.ts';
import { table } from '../html/parts.ts';
import { plot } from '../jobs/plot.ts';

/** The job that makes cached boards equal to the database. */
export const RECALCULATION = 'leaderboard-recalculation';

/** Recalculations that are looked at. */
export const RECALCULATIONS_SHOWN = 100;

const LISTED = 10;

/**
 * How many members of all boards each of the newest recalculations had to repair.
 *
 * @param runs of {@link RECALCULATION}, newest tick first
 */
export function driftSection(links: Links, runs: readonly Run[]): Html {
  const ended = runs.filter(({ status }) => status === 'succeeded' || status === 'failed');
  const drifted = ended.filter(({ processed }) => processed > 0);
  return html`<section aria-labelledby="drift">
    <h2 id="drift">Drift</h2>
    <p class="lead">
      What each recalculation had to repair: members of all boards that were missing, extra, misplaced, or
      with a wrong score or name.
    </p>
    ${ended.length === 0 ? html`<p class="empty">No recalculation has run yet.</p>` : plotOf(ended, drifted)}
    ${drifted.length > 0 && driftTable(links, drifted.slice(0, LISTED))}
    <p><a href="${links('job', { job: RECALCULATION })}">The job</a></p>
  </section>`;
}

function plotOf(ended: readonly Run[], drifted: readonly Run[]): Html {
  const most = Math.max(...ended.map(({ processed }) => processed));
  const numbers = `newest ${count(ended[0]!.processed)}, most ${count(most)}; ${count(drifted.length)} of ${counted(ended.length, 'recalculation')} repaired something`;
  const bars = ended.toReversed().map(({ tick, processed, status }) => ({
    value: processed,
    label: `${utc(tick)}: ${counted(processed, 'member')}, ${status}`,
    isBad: processed > 0 || status === 'failed',
  }));
  return html`<div class="plots">${plot('Repaired members', numbers, bars)}</div>`;
}

function driftTable(links: Links, runs: readonly Run[]): Html {
  return table<Run>(
    'Newest recalculations that repaired something',
    [
      {
        title: 'Recalculation',
        cell: ({ job, tick }) =>
          html`<a href="${links('run', { job, tick: instantParameter(tick) })}">${time(tick)}</a>`,
      },
      { title: 'Repaired members', cell: ({ processed }) => count(processed), isNumber: true },
    ],
    runs,
    '',
  );
}
