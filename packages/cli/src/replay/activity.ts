import { instant, iso, userId, type Instant, type UserId } from '@gamekeeper/core';
import { readFile } from 'node:fs/promises';
import { UsageError } from '../errors.ts';
import { seededRandom } from './seeded-random.ts';

/** One quiz of a history. */
export interface Quiz {
  readonly player: UserId;
  readonly startedAt: Instant;
  /** `started_at` as written in the file. */
  readonly startedAtText: string;
  /** `null` if the quiz was never completed. */
  readonly completedAt: Instant | null;
  readonly xp: number;
}

/** Reads a CSV file of quizzes: `player,started_at,completed_at,xp`, one per line, instants with their time zone. */
export async function readActivity(path: string): Promise<readonly Quiz[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`--activity: ${path} cannot be read.`, { cause: error });
  }
  const [header, ...lines] = text.split(/\r?\n/);
  if (header !== 'player,started_at,completed_at,xp') {
    throw new UsageError(
      `--activity: ${path} does not begin with the line player,started_at,completed_at,xp.`,
    );
  }
  return lines.flatMap((line, index) => (line === '' ? [] : [quiz(line, `${path}:${index + 2}`)]));
}

function quiz(line: string, place: string): Quiz {
  const [player, startedAt, completedAt, xp, ...more] = line.split(',');
  try {
    if (player === undefined || startedAt === undefined || completedAt === undefined || more.length > 0) {
      throw new Error('needs four columns');
    }
    const amount = Number(xp);
    if (xp === undefined || xp === '' || !Number.isSafeInteger(amount) || amount < 0) {
      throw new Error(`xp ${JSON.stringify(xp)} is not a whole number from 0 on`);
    }
    const read = {
      player: userId(player),
      startedAt: instant(startedAt),
      startedAtText: startedAt,
      completedAt: completedAt === '' ? null : instant(completedAt),
      xp: amount,
    };
    if (read.completedAt !== null && read.completedAt < read.startedAt)
      throw new Error('ends before it starts');
    return read;
  } catch (error) {
    throw new UsageError(`${place}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/**
 * Generates players who play in bursts, pause, come back, and leave quizzes unfinished. The same seed gives the same
 * players.
 */
export function generateActivity({
  players,
  days,
  seed,
  from,
}: {
  readonly players: number;
  readonly days: number;
  readonly seed: number;
  readonly from: Instant;
}): readonly Quiz[] {
  const random = seededRandom(seed);
  const quizzes: Quiz[] = [];
  for (let number = 1; number <= players; number += 1) {
    const player = userId(`player-${String(number).padStart(String(players).length, '0')}`);
    const eagerness = random() ** 2;
    const hour = random() * 24;
    for (let day = 0; day < days; day += 1) {
      if (random() > 0.15 + 0.8 * eagerness) continue;
      let at = from + (day * 24 + hour + random() * 2) * 3_600_000;
      for (let left = 1 + Math.floor(random() * 9 * eagerness); left > 0; left -= 1) {
        const startedAt = instant(Math.floor(at / 1_000) * 1_000);
        const tookMs = Math.floor(20 + random() * 400) * 1_000;
        const fate = random();
        // Some quizzes are left unfinished, a few are completed after their timeout.
        const completedAt =
          fate < 0.06 ? null : instant(startedAt + (fate < 0.09 ? tookMs + 600_000 : tookMs));
        quizzes.push({
          player,
          startedAt,
          startedAtText: iso(startedAt),
          completedAt,
          xp: 10 + Math.floor(random() * 90),
        });
        at += tookMs + random() * 240_000;
      }
    }
  }
  return quizzes.sort((a, b) => a.startedAt - b.startedAt);
}
