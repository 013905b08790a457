import { InvalidOptionError, described } from '../../engine/common/errors.ts';
import {
  awardId,
  sessionId,
  userId,
  username,
  type AwardId,
  type SessionId,
  type UserId,
} from '../players/ids.ts';
import { instant } from '../../engine/time/instant.ts';
import { orNull } from '../../engine/time/with-dates.ts';
import type { AwardScores } from './results.ts';
import type { AwardOutcome, XpAward } from '../leaderboards/award-repository.ts';
import { assertKnownOptions, givenObject, wholeNumber } from '../../engine/common/options.ts';

/** The arguments of starting a quiz. */
export interface QuizStart {
  readonly userId: UserId;
  readonly sessionId?: SessionId;
  readonly username?: string;
}

/** The arguments of completing a quiz. */
export interface QuizEnd {
  readonly sessionId: SessionId;
  readonly xp: number;
  readonly awardId?: AwardId;
}

// Plain JavaScript may pass anything, even to a host written with types. Each check throws an InvalidOptionError.

export function assertStart(quiz: QuizStart): void {
  assertFields('quiz', quiz, 'must be { userId }', ['userId', 'sessionId', 'username']);
  userId(quiz.userId);
  if (quiz.sessionId !== undefined) sessionId(quiz.sessionId);
  if (quiz.username !== undefined) username(quiz.username);
}

export function assertEnd(quiz: QuizEnd): void {
  assertFields('quiz', quiz, 'must be { sessionId, xp }', ['sessionId', 'xp', 'awardId']);
  sessionId(quiz.sessionId);
  wholeNumber('xp', quiz.xp, { min: 0, max: Number.MAX_SAFE_INTEGER });
  if (quiz.awardId !== undefined) awardId(quiz.awardId);
}

export function assertAward(award: Omit<XpAward, 'earnedAt'>): void {
  const known = ['awardId', 'userId', 'amount', 'earnedAt'];
  assertFields('award', award, 'must be { awardId, userId, amount }', known);
  awardId(award.awardId);
  userId(award.userId);
  wholeNumber('amount', award.amount, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

/** A misspelt field would be ignored, and so would a transaction in the wrong argument. */
function assertFields(argument: string, given: object, requirement: string, known: readonly string[]): void {
  givenObject(argument, given, requirement);
  const option = ['at', 'tx'].find((name) => name in given);
  if (option !== undefined)
    throw new InvalidOptionError(
      `${argument}.${option}`,
      described('it in the first argument'),
      'must be given in the second argument',
    );
  assertKnownOptions(`${argument}.`, given, known);
}

/** Returns the scores of an award, as it was returned or as it was read back from a queue. */
export function scoresOf(award: AwardScores): AwardOutcome['scores'] {
  const expected = 'must be the award that awardXp, importXp or completeQuiz returned';
  const scores: unknown = givenObject('award', award, expected).scores;
  if (!Array.isArray(scores) || !scores.every(isFiled))
    throw new InvalidOptionError('award', award, expected);
  const read = orNull(instant);
  return award.scores.map(({ board, period, score }) => ({
    board,
    period: { key: period.key, startsAt: read(period.startsAt), endsAt: read(period.endsAt) },
    score: { ...score, lastXpAt: read(score.lastXpAt) },
  }));
}

function isFiled(at: unknown): boolean {
  return ['board', 'period', 'score'].every(
    (part) => typeof at === 'object' && at !== null && isObject((at as Record<string, unknown>)[part]),
  );
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
