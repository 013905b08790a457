import { InvalidOptionError } from '../../engine/common/errors.ts';
import { givenObject } from '../../engine/common/options.ts';
import { HOUR_MS, MINUTE_MS, iso, type InstantLike } from '../../engine/time/instant.ts';
import type { WithDates } from '../../engine/time/with-dates.ts';
import type { Explanation } from './explanation.ts';

type Given = Explanation | WithDates<Explanation>;
type Of<Kind extends Explanation['kind']> = Extract<Given, { readonly kind: Kind }>;

/**
 * Returns an entry of `host.explain` as a plain English sentence, with instants in UTC.
 *
 * @throws {InvalidOptionError} if it is not such an entry
 * @example
 * const entries = await host.explain(userId('42'));
 * console.log(entries.map(explanationText).join('\n'));
 */
export function explanationText(entry: Given): string {
  const { kind } = givenObject('entry', entry, 'must be an entry that host.explain returned');
  if (typeof kind !== 'string' || !Object.hasOwn(texts, kind))
    throw new InvalidOptionError('entry.kind', kind, `must be one of ${Object.keys(texts).join(', ')}`);
  const say = texts[kind] as (one: Given) => string;
  return say(entry);
}

const texts: { readonly [Kind in Explanation['kind']]: (entry: Of<Kind>) => string } = {
  'streak-broken': (entry) =>
    `The streak of ${entry.lostStreak} broke at the tick ${time(entry.at)}: ${lastQuiz(entry)}, and no protection was left.${daysOf(entry)}`,
  'streak-protected': (entry) =>
    `A protection was used for ${entry.day} at the tick ${time(entry.at)}, ${entry.protectionsLeft} left: ${lastQuiz(entry)}. The streak of ${entry.currentStreak} went on.${daysOf(entry)}`,
  'protection-granted': ({ at, protections }) =>
    `A protection was granted at ${time(at)}: ${protections} in all.`,
  'quiz-started': ({ at, sessionId, expiresAt }) =>
    `The quiz ${sessionId} was started at ${time(at)} and spent a life. It can be completed before ${time(expiresAt)}.`,
  'quiz-completed': ({ at, sessionId, startedAt }) =>
    `The quiz ${sessionId}, which was started at ${time(startedAt)} and spent a life, was completed at ${time(at)}.`,
  'quiz-expired': ({ at, sessionId, startedAt, expiresAt }) =>
    `The quiz ${sessionId}, which was started at ${time(startedAt)} and spent a life, was not completed before ${time(expiresAt)} and expired at the tick ${time(at)}.`,
  'life-spent': ({ at, idempotencyKey, currentLives, nextRegenAt }) =>
    `A life was spent at ${time(at)} under the key ${idempotencyKey}: ${currentLives} left.${nextLife(nextRegenAt)}`,
  'life-returned': ({ at, currentLives, nextRegenAt }) =>
    `The last life came back at the tick ${time(at)}; now there are ${currentLives}.${nextLife(nextRegenAt)}`,
  'xp-awarded': ({ at, amount, awardId }) => `${amount} XP were earned at ${time(at)} (award ${awardId}).`,
  'award-late': ({ at, amount, awardId, board, period }) =>
    `The award ${awardId} of ${amount} XP, earned at ${time(at)}, came too late for ${board} ${period}: that period was already sealed.`,
  'period-sealed': ({ at, board, period, rank, players, score }) =>
    `The period ${period} of ${board} ended at ${time(at)} and was sealed: rank ${rank} of ${players} with ${score} XP.`,
  adjusted: (entry) => `${adjusted(entry)} at ${time(entry.at)} by ${entry.by} (${entry.reason}).`,
  renamed: ({ at, username }) => `The name was changed to ${username} at ${time(at)}.`,
  imported: ({ at, xp, currentStreak, protections, currentLives }) =>
    `The player was imported at ${time(at)} with ${xp} XP, a streak of ${currentStreak}, ${protections} protections and ${currentLives} lives.`,
};

function adjusted(entry: Of<'adjusted'>): string {
  if (entry.change === 'name') return `The name was changed to ${entry.username}`;
  if (entry.change === 'lives')
    return entry.granted === 'full' ? 'The lives were filled up' : `${entry.granted} lives were given`;
  if (entry.change === 'xp')
    return entry.amount < 0 ? `${-entry.amount} XP were taken` : `${entry.amount} XP were given`;
  const { currentStreak, longestStreak, protections } = entry;
  const values = [
    ...(currentStreak === undefined ? [] : [`current ${currentStreak}`]),
    ...(longestStreak === undefined ? [] : [`longest ${longestStreak}`]),
    ...(protections === undefined ? [] : [`protections ${protections}`]),
  ];
  return `The streak was set (${values.join(', ')})`;
}

function lastQuiz({ at, lastQuizAt, breakAfterHours }: Of<'streak-broken' | 'streak-protected'>): string {
  const ago = duration(Number(at) - Number(lastQuizAt));
  return `the last quiz was at ${time(lastQuizAt)}, ${ago} before, more than ${breakAfterHours} h`;
}

/** Returns what is special about the days, or about how the tick was applied. */
function daysOf(entry: Of<'streak-broken' | 'streak-protected'>): string {
  const { timeZone, changedDays, appliedBy, isApplied, recordedAt } = entry;
  const changes = changedDays.map(
    ({ day, hours }) => ` The clocks changed in ${timeZone}: ${day} had ${hours} h.`,
  );
  if (!isApplied) return `${changes.join('')} The job has not come to this tick yet.`;
  if (appliedBy === 'job') return changes.join('');
  const when = recordedAt === null ? '' : ` at ${time(recordedAt)}`;
  return `${changes.join('')} A call of the player applied the tick${when}, before the job did.`;
}

function nextLife(at: InstantLike | null): string {
  return at === null ? '' : ` While lives are missing, the next one is due from ${time(at)}.`;
}

/** `51 h 50 min`, rounded down to minutes. */
function duration(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS);
  return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
}

/** `2026-11-24T00:00Z`; seconds and milliseconds only if there are any. */
function time(at: InstantLike): string {
  return iso(at).replace(/(?::00)?\.000Z$/, 'Z');
}
