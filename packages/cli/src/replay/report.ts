import { iso, type Instant } from '@gamekeeper/core';
import type { ReplayCounts } from './replay.ts';
import type { ReplayResult } from './result.ts';

/** Returns the result of a replay as readable text. */
export function report({
  result,
  tally,
  from,
  to,
  seconds,
}: {
  readonly result: ReplayResult;
  readonly tally: ReplayCounts;
  readonly from: Instant;
  readonly to: Instant;
  readonly seconds: number;
}): string {
  const days = Math.round((to - from) / 86_400_000);
  const refused = result.refused.no_lives;
  const starts = tally.started + refused;
  return [
    '',
    `${days} days, ${iso(from).slice(0, 16)}Z to ${iso(to).slice(0, 16)}Z, replayed in ${seconds.toFixed(1)} s`,
    '',
    row('players', result.players),
    row('quizzes started', tally.started),
    row('  refused, no lives left', refused, `${percent(refused, starts)} of all attempts`),
    row('  finished in time', result.sessions['completed'] ?? 0),
    row('  abandoned', result.events['QuizAbandoned'] ?? 0),
    '',
    row('lives at the end', result.lives_total),
    row('  refilled to the maximum', result.events['LivesRefilled'] ?? 0, 'times'),
    row('streaks alive at the end', result.streaks_active),
    row('  longest ever', result.longest_streak, 'days'),
    row('  saved by a protection', result.events['StreakProtected'] ?? 0, 'times'),
    row('  broken', result.events['StreakBroken'] ?? 0, 'times'),
    row('XP awarded', result.xp_total),
    '',
    'all-time board',
    ...result.global_top.map(({ rank, player, score, last_xp_at: at }) =>
      row(`  ${rank}. ${player}`, score, `last ${at.slice(0, 10)}`),
    ),
    ...winners('months', result.monthly_winners),
    ...winners('last weeks', result.weekly_winners.slice(-6)),
    '',
    'runs',
    ...[...tally.runs].map(([job, { count, ms }]) =>
      row(`  ${job}`, count, `${(ms / count).toFixed(2)} ms each`),
    ),
    '',
    `digest  ${Object.entries(result.digest)
      .map(([name, value]) => `${name} ${value}`)
      .join('  ')}`,
    '',
  ].join('\n');
}

function winners(title: string, periods: ReplayResult['weekly_winners']): readonly string[] {
  if (periods.length === 0) return [];
  return [
    '',
    `winners, ${title}`,
    ...periods.map(({ period, player, score }) => row(`  ${period}  ${player}`, score)),
  ];
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
}

function row(label: string, value: number, remark = ''): string {
  return `${label.padEnd(34)}${value.toLocaleString('en').padStart(10)}  ${remark}`.trimEnd();
}
