import { InvalidOptionError } from '../../engine/common/errors.ts';
import { knownOptions, wholeNumber } from '../../engine/common/options.ts';
import type { RecordedTicks } from '../../engine/jobs/recorded-ticks.ts';
import { asRulesInForce, type RulesSource } from '../../engine/rules/rules-in-force.ts';
import type { Clock } from '../../engine/time/clock.ts';
import { instant, type InstantLike } from '../../engine/time/instant.ts';
import type { Schedule } from '../../engine/time/schedule.ts';
import { each, toDate, withDates, type ToDates, type WithDates } from '../../engine/time/with-dates.ts';
import { compareBytewise } from '../leaderboards/standing.ts';
import type { StreakRepository } from '../streaks/streak-repository.ts';
import type { StreakRules } from '../streaks/streak-rules.ts';
import { applyDueStreakTicks } from '../streaks/streak.ts';
import { explainEntry } from './explain-entry.ts';
import type { Explanation } from './explanation.ts';
import { userId as checkedUser, type UserId } from './ids.ts';
import type { LogCursor, LogEntry, PlayerLog } from './player-log.ts';

/** What {@link explainPlayer} reads. */
export interface ExplainPorts {
  readonly playerLog: PlayerLog;
  readonly streaks: StreakRepository;
  readonly clock: Clock;
  readonly rules: RulesSource<StreakRules>;
  /** The recorded schedule of the streak job, limited to ticks that apply to players. */
  readonly schedule: Schedule;
  readonly ticks: Pick<RecordedTicks, 'refresh'>;
}

/** A page of `host.explain`. */
export interface ExplainPage {
  /** From 1 to 1,000. Default 20. */
  readonly limit?: number;
  /** The last entry of the previous page, or an instant: only entries before it. */
  readonly before?: InstantLike | { readonly at: InstantLike; readonly id: string };
}

const explanationWithDates: ToDates<Explanation> = withDates<Explanation>({
  at: toDate,
  recordedAt: toDate,
  lastQuizAt: toDate,
  startedAt: toDate,
  expiresAt: toDate,
  nextRegenAt: toDate,
  sealedAt: toDate,
});

/**
 * Returns what jobs and calls did to a player, newest first, and what the streak's due ticks will do that no run has
 * applied yet.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError}
 */
export async function explainPlayer(
  ports: ExplainPorts,
  userId: UserId,
  page: ExplainPage,
): Promise<readonly WithDates<Explanation>[]> {
  checkedUser(userId);
  const { limit = 20, before: given } = knownOptions(page, ['limit', 'before']);
  wholeNumber('limit', limit, { min: 1, max: 1_000 });
  const before = given === undefined ? undefined : cursorOf(given);
  // Before the log is read: what a run applies meanwhile is then in both, instead of in none.
  const due = await dueEntries(ports, userId);
  const logged = await ports.playerLog.read(userId, { limit, ...(before && { before }) });
  const isKnown = ({ at, entry }: LogCursor): boolean =>
    logged.some((one) => one.at === at && one.entry === entry);
  const wanted = due.filter((one) => !isKnown(one) && (before === undefined || newestFirst(one, before) > 0));
  const pending = new Set<LogEntry>(wanted);
  const entries = [...wanted, ...logged].sort(newestFirst).slice(0, limit);
  const { schedule } = ports;
  const rules = asRulesInForce(ports.rules);
  const explain = (one: LogEntry): Explanation =>
    explainEntry(one, { schedule, rules, isApplied: !pending.has(one) });
  return each(explanationWithDates)(entries.map(explain));
}

async function dueEntries(
  { ticks, streaks, schedule, clock, rules }: ExplainPorts,
  userId: UserId,
): Promise<readonly LogEntry[]> {
  await ticks.refresh();
  const stored = await streaks.find(userId);
  const { log = [] } = stored ? applyDueStreakTicks(stored, schedule, clock.now(), rules) : {};
  return log.map((one) => ({ ...one, recordedAt: null }));
}

/** @throws {InvalidOptionError} naming `before` */
function cursorOf(given: NonNullable<ExplainPage['before']>): LogCursor {
  const required = 'must be the last entry of the previous page, or an instant';
  try {
    if (typeof given !== 'object' || !('id' in given)) return { at: instant(given), entry: '' };
    if (typeof given.id === 'string') return { at: instant(given.at), entry: given.id };
  } catch (cause) {
    throw new InvalidOptionError('before', given, required, { cause });
  }
  throw new InvalidOptionError('before.id', (given as { readonly id: unknown }).id, required);
}

function newestFirst(a: LogCursor, b: LogCursor): number {
  return b.at - a.at || compareBytewise(b.entry, a.entry);
}
