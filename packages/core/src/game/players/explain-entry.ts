import { changedDays } from '../../engine/time/changed-days.ts';
import type { RulesInForce } from '../../engine/rules/rules-in-force.ts';
import { timeZoneAt, type Schedule } from '../../engine/time/schedule.ts';
import { addDays, localDate } from '../../engine/time/zones.ts';
import type { StreakRules } from '../streaks/streak-rules.ts';
import type { Explanation } from './explanation.ts';
import type { LogEntry } from './player-log.ts';

type Kind = Explanation['kind'];

interface Origin {
  readonly source: string;
  readonly rule: string;
  readonly isTick?: boolean;
}

const BREAK = 'rules.streaks.breakAfterHours';
const PERIODS = 'XP counts in the period in which it was earned';

const origins: Readonly<Record<Kind, Origin>> = {
  'streak-broken': { source: 'streak-update', rule: BREAK, isTick: true },
  'streak-protected': { source: 'streak-update', rule: BREAK, isTick: true },
  'protection-granted': { source: 'gameplay.grantProtection', rule: 'rules.streaks.maxProtections' },
  'quiz-started': { source: 'gameplay.startQuiz', rule: 'a quiz costs a life' },
  'quiz-completed': { source: 'gameplay.completeQuiz', rule: 'rules.sessions.timeoutMinutes' },
  'quiz-expired': { source: 'session-cleanup', rule: 'rules.sessions.timeoutMinutes', isTick: true },
  'life-spent': { source: 'lives.spend', rule: 'a call of the host spends a life' },
  'life-returned': { source: 'life-regeneration', rule: 'rules.lives.regenMinutes', isTick: true },
  'xp-awarded': { source: 'gameplay.awardXp', rule: PERIODS },
  'award-late': { source: 'gameplay.awardXp', rule: 'sealed standings never change' },
  'period-sealed': { source: 'leaderboard-reset', rule: PERIODS, isTick: true },
  adjusted: { source: 'players', rule: 'an operator decided' },
  renamed: { source: 'gameplay.startQuiz', rule: 'the host sets names' },
  imported: { source: 'players.import', rule: 'the state of another system' },
};

const adjustments = {
  name: 'players.rename',
  lives: 'players.grantLives',
  streak: 'players.setStreak',
  xp: 'players.adjustXp',
} as const;

/**
 * Returns what an entry of the log says to the host.
 *
 * @param streaks.schedule the recorded schedule of the streak job, whose time zones say what a day is
 * @param streaks.rules the recorded rules
 */
export function explainEntry(
  entry: LogEntry,
  {
    schedule,
    rules,
    isApplied = true,
  }: { readonly schedule: Schedule; readonly rules: RulesInForce<StreakRules>; readonly isApplied?: boolean },
): Explanation {
  const { source, rule, isTick = false } = origins[entry.kind];
  const { entry: id, at, recordedAt, kind, details } = entry;
  const own = { source: sourceOf(entry) ?? source, rule, isTick };
  const known = { kind, id, at, ...own, recordedAt, ...details };
  if (entry.kind !== 'streak-broken' && entry.kind !== 'streak-protected') return known as Explanation;
  const timeZone = timeZoneAt(schedule, at);
  const { breakAfterHours } = rules.at(at);
  const day = addDays(localDate(timeZone, at), -1);
  const changed = changedDays(timeZone, localDate(timeZone, entry.details.lastQuizAt), day);
  return { ...known, day, breakAfterHours, timeZone, changedDays: changed, isApplied } as Explanation;
}

/** Returns the source where the kind alone does not say it. */
function sourceOf(entry: LogEntry): string | undefined {
  if (entry.kind === 'adjusted') return adjustments[entry.details.change];
  if (entry.kind === 'period-sealed') return `leaderboard-reset-${entry.details.board}`;
  return undefined;
}
