import { InvalidOptionError } from '../../engine/common/errors.ts';
import { assertKnownOptions, givenObject, wholeNumber } from '../../engine/common/options.ts';
import { DAY_MS, addMs, instant, iso, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import { resolvePlayedAt } from '../../engine/time/played-at.ts';
import { userId as checkedUser, username as checkedName, type UserId } from './ids.ts';
import type { ImportTerms } from './import-terms.ts';

/** A player as another system left them, checked and with defaults. */
export interface PlayerHistory {
  readonly userId: UserId;
  readonly username: string;
  /** XP of all time. */
  readonly xp: number;
  /** When the player last earned XP; `null` without XP. */
  readonly lastXpAt: Instant | null;
  /** XP of the current period, by the key of a board with periods; 0 on boards that are missing. */
  readonly periodXp: Readonly<Record<string, number>>;
  readonly currentStreak: number;
  readonly longestStreak: number;
  /** When the player last completed a quiz. */
  readonly lastQuizAt: Instant | null;
  readonly protections: number;
  readonly currentLives: number;
  /** The end of the timer of the next life; `null`: the timer starts with the import. */
  readonly nextRegenAt: Instant | null;
}

/** A player as a host brings them: all but id and name may be left out. */
export interface PlayerHistoryInput {
  readonly userId: string;
  /** The name on leaderboards: an id is never shown in its place. */
  readonly username: string;
  /** XP of all time. Default 0. */
  readonly xp?: number;
  /** When the player last earned XP. Default: `lastQuizAt`, or the import. */
  readonly lastXpAt?: InstantLike | null;
  /** XP of the current period, by the key of a board with periods. Default 0; at most `xp`. */
  readonly periodXp?: Readonly<Record<string, number>>;
  /** Default 0. */
  readonly currentStreak?: number;
  /** Default `currentStreak`. */
  readonly longestStreak?: number;
  /** When the player last completed a quiz; required with a streak. */
  readonly lastQuizAt?: InstantLike | null;
  /** Default: those of a new player. */
  readonly protections?: number;
  /** Default: the maximum. More than the maximum is kept. */
  readonly currentLives?: number;
  /**
   * When the next life is due, for fewer lives than the maximum. Default: `rules.lives.regenMinutes` after the import; a
   * later instant counts as that.
   */
  readonly nextRegenAt?: InstantLike | null;
}

const FIELDS: readonly (keyof PlayerHistory)[] = [
  'userId',
  'username',
  'xp',
  'lastXpAt',
  'periodXp',
  'currentStreak',
  'longestStreak',
  'lastQuizAt',
  'protections',
  'currentLives',
  'nextRegenAt',
];

const count = { min: 0, max: 1_000_000 };
const xpRange = { min: 0, max: Number.MAX_SAFE_INTEGER };
/** No quiz is older: an earlier instant is one in seconds that was passed as milliseconds. */
const EARLIEST = instant('2000-01-01T00:00:00Z');

/**
 * Returns a player's history after checking it, with defaults.
 *
 * @param path the prefix of the names in errors, such as `players[3]`
 * @throws {InvalidOptionError}
 */
export function checkedHistory(given: PlayerHistoryInput, path: string, terms: ImportTerms): PlayerHistory {
  givenObject(path, given, 'must be an object with userId and username');
  assertKnownOptions(`${path}.`, given, FIELDS);
  const { xp = 0, currentStreak = 0, protections = terms.initialProtections } = given;
  const { longestStreak = currentStreak, currentLives = terms.maxLives, periodXp = {} } = given;
  const lastQuizAt = past(`${path}.lastQuizAt`, given.lastQuizAt, terms);
  wholeNumber(`${path}.xp`, xp, xpRange);
  wholeNumber(`${path}.currentStreak`, currentStreak, count);
  if (currentStreak > 0 && lastQuizAt === null) {
    const required = 'must be when the player last completed a quiz, because there is a streak';
    throw new InvalidOptionError(`${path}.lastQuizAt`, given.lastQuizAt, required);
  }
  return {
    userId: named(path, 'userId', () => checkedUser(given.userId)),
    username: named(path, 'username', () => checkedName(given.username)),
    xp,
    lastXpAt: past(`${path}.lastXpAt`, given.lastXpAt, terms) ?? (xp > 0 ? (lastQuizAt ?? terms.at) : null),
    periodXp: checkedPeriodXp(`${path}.periodXp`, periodXp, xp, terms),
    currentStreak,
    longestStreak: wholeNumber(`${path}.longestStreak`, longestStreak, { ...count, min: currentStreak }),
    lastQuizAt,
    protections: wholeNumber(`${path}.protections`, protections, { min: 0, max: 1_000 }),
    currentLives: wholeNumber(`${path}.currentLives`, currentLives, { min: 0, max: 1_000 }),
    nextRegenAt: timerEnd(`${path}.nextRegenAt`, given.nextRegenAt, terms),
  };
}

function checkedPeriodXp(
  path: string,
  periodXp: Readonly<Record<string, number>>,
  xp: number,
  { boards }: ImportTerms,
): Readonly<Record<string, number>> {
  const known = boards.filter(({ period }) => period !== 'all').map(({ key }) => key);
  givenObject(path, periodXp, `must be an object of XP by the keys of boards (${known.join(', ')})`);
  assertKnownOptions(`${path}.`, periodXp, known);
  for (const [key, score] of Object.entries(periodXp))
    wholeNumber(`${path}.${key}`, score, { min: 0, max: xp });
  return periodXp;
}

/** Names the field by its path; the check itself knows only its kind. */
function named<Checked>(path: string, field: string, check: () => Checked): Checked {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const message = error.message.replace(`Option ${field} `, `Option ${path}.${field} `);
    throw new InvalidOptionError(`${path}.${field}`, undefined, '', {
      message: message.replace(', or be left out', ''),
    });
  }
}

function past(path: string, given: InstantLike | null | undefined, { at }: ImportTerms): Instant | null {
  if (given === undefined || given === null) return null;
  const value = resolvePlayedAt(at, instantAt(path, given), path);
  if (value >= EARLIEST) return value;
  const requirement = 'must be in 2000 or later; numbers are milliseconds since 1970, not seconds';
  throw new InvalidOptionError(path, iso(value), requirement);
}

/** Names the field, which the error of `instant` does not know. */
function instantAt(path: string, given: InstantLike): Instant {
  try {
    return instant(given);
  } catch (cause) {
    const requirement = 'must be a Date, ISO text with its time zone, or milliseconds since 1970';
    throw new InvalidOptionError(path, given, requirement, { cause });
  }
}

function timerEnd(path: string, given: InstantLike | null | undefined, { at }: ImportTerms): Instant | null {
  if (given === undefined || given === null) return null;
  const value = instantAt(path, given);
  if (value <= addMs(at, 366 * DAY_MS)) return value;
  throw new InvalidOptionError(path, iso(value), 'must not be more than a year ahead');
}
