import { iso, type Instant } from '@gamekeeper/core';
import type { Tally } from './replay.ts';
import type { ReplayResult } from './result.ts';

/** The outcome of a replay as a page to read. */
export function report({
  result,
  tally,
  from,
  to,
  seconds,
}: {
  readonly result: ReplayResult;
  readonly tally: Tally;
  readonly from: Instant;
  readonly to: Instant;
  readonly seconds: number;
}): string {
  const days = Math.round((to - from) / 86_400_000);
  const starts = tally.startsAccepted + tally.refusedNoLives;
  return [
    '',
    `${days} days, ${iso(from).slice(0, 16)}Z to ${iso(to).slice(0, 16)}Z, replayed in ${seconds.toFixed(1)} s`,
    '',
    row('players', result.players),
    row('quizzes started', tally.startsAccepted),
    row(
      'refused, no lives left',
      tally.refusedNoLives,
      `${((100 * tally.refusedNoLives) / Math.max(1, starts)).toFixed(1)} %`,
    ),
    row('lives at the end', result.lives_total),
    row('refilled to the maximum', result.events['LivesRefilled'] ?? 0, 'times'),
    '',
    'runs',
    ...[...tally.runs].map(([job, { count, ms }]) =>
      row(`  ${job}`, count, `${(ms / count).toFixed(2)} ms each`),
    ),
    '',
    `digest of lives  ${result.digest.lives}`,
    '',
  ].join('\n');
}

function row(label: string, value: number, remark = ''): string {
  return `${label.padEnd(34)}${value.toLocaleString('en').padStart(10)}  ${remark}`.trimEnd();
}
