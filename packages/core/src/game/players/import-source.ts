import { InvalidOptionError } from '../../engine/common/errors.ts';
import { knownOptions, storableText } from '../../engine/common/options.ts';
import type { PlayerHistoryInput } from './player-history.ts';

/** Players one by one, or in lists of any length. */
export type PlayerBatches =
  | Iterable<PlayerHistoryInput | readonly PlayerHistoryInput[]>
  | AsyncIterable<PlayerHistoryInput | readonly PlayerHistoryInput[]>;

/** A SQL `select` in the host's own database whose rows are players. */
export interface PlayerSelect {
  /**
   * One statement without a semicolon at its end, run by the role of the host. Its columns are those of
   * docs/bring-your-players.md. Never pass text that comes from a player.
   */
  readonly select: string;
}

/** Where imported players come from. */
export type PlayerSource = PlayerBatches | PlayerSelect;

/** Longer statements are views. */
const LONGEST_SELECT = 100_000;

/**
 * Returns the text of a select, or `null` for players from code.
 *
 * @throws {InvalidOptionError} if the source is neither
 */
export function selectOf(source: PlayerSource): string | null {
  if (isIterable(source)) return null;
  const expected = 'must be a list or an (async) iterable of players, or { select }';
  if (typeof source !== 'object' || source === null)
    throw new InvalidOptionError('players', source, expected);
  const { select } = knownOptions(source, ['select']);
  return storableText('select', select, 'must be a SQL select', { most: LONGEST_SELECT });
}

/** Returns the players of a source in lists of a given length. */
export async function* chunksOf(
  players: PlayerBatches,
  size: number,
): AsyncGenerator<readonly PlayerHistoryInput[]> {
  let chunk: PlayerHistoryInput[] = [];
  for await (const item of players) {
    for (const player of Array.isArray(item) ? (item as readonly PlayerHistoryInput[]) : [item]) {
      chunk.push(player as PlayerHistoryInput);
      if (chunk.length < size) continue;
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

function isIterable(source: unknown): source is PlayerBatches {
  return (
    typeof source === 'object' &&
    source !== null &&
    (Symbol.iterator in source || Symbol.asyncIterator in source)
  );
}
