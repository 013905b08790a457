import { iso, tokens, type Instant, type Lives, type LivesRepository } from '@gamekeeper/core';
import { createHash } from 'node:crypto';
import type { Replayed } from './replay.ts';

/** The outcome of a replay as one JSON object: the same for the same history, whatever it ran on. */
export interface ReplayResult {
  readonly players: number;
  readonly refused: { readonly no_lives: number };
  readonly events: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, number>>;
  readonly lives_total: number;
  readonly digest: { readonly lives: string };
}

const PAGE = 1_000;

/** Reads the final state back from the store. */
export async function resultOf({ host, outbox, tally }: Replayed): Promise<ReplayResult> {
  const lives = await everyone(host.container.get<LivesRepository>(tokens.lives.symbol));
  return {
    players: lives.length,
    refused: { no_lives: tally.refusedNoLives },
    events: await outbox.countByType(),
    runs: Object.fromEntries([...tally.runs].map(([job, { count }]) => [job, count]).sort()),
    lives_total: lives.reduce((total, { currentLives }) => total + currentLives, 0),
    digest: {
      lives: digest(
        lives.map(({ userId, currentLives, lastRegenAt, nextRegenAt }) =>
          [userId, currentLives, orNone(lastRegenAt), orNone(nextRegenAt)].join('|'),
        ),
      ),
    },
  };
}

async function everyone(repository: LivesRepository): Promise<readonly Lives[]> {
  const all: Lives[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await repository.list({ limit: PAGE, ...(last && { after: last.userId }) });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/** The first 16 hex digits of SHA-256 over the lines, sorted bytewise. */
function digest(lines: readonly string[]): string {
  const sorted = [...lines].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return createHash('sha256').update(sorted.join('\n')).digest('hex').slice(0, 16);
}

function orNone(at: Instant | null): string {
  return at === null ? 'None' : iso(at);
}
