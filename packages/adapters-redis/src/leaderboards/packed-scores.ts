import type { TieBreak } from '@gamekeeper/core';
import type { NamedScore } from '@gamekeeper/core/ports';
import { entryOf, LONGEST_ENTRY_START } from './member.ts';

/** MessagePack's marks of a list with a count of four bytes, and of text with a length of two. */
const LIST = 0xdd;
const TEXT = 0xda;
const LIST_HEADER = 5;
const TEXT_HEADER = 3;
/** UTF-8 takes at most so many bytes for one unit of a JavaScript string. */
const BYTES_PER_UNIT = 3;

/**
 * Returns scores as one script argument, in MessagePack: a list with `user` and entry of each, as a version stores them.
 * Redis and this process need much less time for one long argument than for many short ones.
 */
export function packedScores(scores: readonly NamedScore[], ties: TieBreak): Buffer {
  const packed = Buffer.allocUnsafe(LIST_HEADER + scores.reduce((sum, score) => sum + mostBytes(score), 0));
  packed[0] = LIST;
  packed.writeUInt32BE(2 * scores.length, 1);
  let end = LIST_HEADER;
  for (const score of scores) {
    end = appendText(packed, end, score.userId);
    end = appendText(packed, end, entryOf(score, ties));
  }
  return packed.subarray(0, end);
}

function mostBytes({ userId, username }: NamedScore): number {
  return 2 * TEXT_HEADER + LONGEST_ENTRY_START + BYTES_PER_UNIT * (userId.length + username.length);
}

/** Returns where the text ends. */
function appendText(packed: Buffer, at: number, text: string): number {
  const length = packed.write(text, at + TEXT_HEADER);
  packed[at] = TEXT;
  packed[at + 1] = length >> 8;
  packed[at + 2] = length & 0xff;
  return at + TEXT_HEADER + length;
}
