import { InvalidOptionError } from '../../engine/common/errors.ts';
import { givenList, givenObject, requiredOptions, wholeNumber } from '../../engine/common/options.ts';
import { instant, iso, type Instant, type InstantLike } from '../../engine/time/instant.ts';
import type { Board } from '../leaderboards/board.ts';
import { UnknownBoardError } from '../leaderboards/leaderboards.ts';
import { boundedPeriodAt, type BoundedPeriod } from '../leaderboards/period.ts';
import { compareScores } from '../leaderboards/standing.ts';
import { userId, username } from './ids.ts';
import type { PeriodHistory } from './player-import.ts';

/** A period of a board that ended in another system, with its final scores in any order. */
export interface PeriodHistoryInput {
  /** The key of a board with periods. */
  readonly board: string;
  /** Any instant of the period; the board's definition says where it begins and ends. */
  readonly at: InstantLike;
  readonly standings: readonly {
    readonly userId: string;
    readonly username: string;
    /** At least 1: nobody without XP is in an archive. */
    readonly score: number;
    /** When the player last earned XP in the period; it decides ties. Default: the beginning of the period. */
    readonly lastXpAt?: InstantLike | null;
  }[];
}

/**
 * Returns a period's history after checking it, in the order of its board.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError} {@link UnknownBoardError}
 */
export function checkedPeriodHistory(given: PeriodHistoryInput, boards: readonly Board[]): PeriodHistory {
  const { board: key, at, standings } = requiredOptions('', given, ['board', 'at', 'standings']);
  const board = boards.find((one) => one.key === key);
  if (!board)
    throw new UnknownBoardError(
      key,
      boards.map((one) => one.key),
    );
  const period = boundedPeriodAt(board, instant(at));
  if (!period) throw new InvalidOptionError('board', key, 'must be a board whose periods end');
  givenList('standings', standings, 'must be a list of { userId, username, score }');
  const seen = new Set<string>();
  const checked = standings.map((standing, index) => {
    const path = `standings[${index}]`;
    const known = ['userId', 'username', 'score', 'lastXpAt'];
    givenObject(path, standing, 'must be { userId, username, score }');
    requiredOptions(`${path}.`, standing, known);
    const id = userId(standing.userId);
    if (seen.has(id)) throw new InvalidOptionError(`${path}.userId`, id, 'must be in the list once');
    seen.add(id);
    return {
      userId: id,
      username: username(standing.username),
      score: wholeNumber(`${path}.score`, standing.score, { min: 1, max: Number.MAX_SAFE_INTEGER }),
      lastXpAt: within(`${path}.lastXpAt`, standing.lastXpAt, period),
    };
  });
  return { board, period, standings: checked.sort((a, b) => compareScores(a, b, board.tieBreak)) };
}

function within(
  path: string,
  given: InstantLike | null | undefined,
  { startsAt, endsAt }: BoundedPeriod,
): Instant {
  if (given === undefined || given === null) return startsAt;
  const at = instant(given);
  if (startsAt <= at && at < endsAt) return at;
  throw new InvalidOptionError(path, iso(at), `must be from ${iso(startsAt)} to ${iso(endsAt)}`);
}
