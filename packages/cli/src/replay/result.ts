import {
  iso,
  type Board,
  type InstantLike,
  type Leaderboards,
  type Standing,
  type WithDates,
} from '@gamekeeper/core';
import { gameTokens, type Token } from '@gamekeeper/core/ports';
import type { JobHost } from '@gamekeeper/composition';
import { createHash } from 'node:crypto';
import type { FinishedReplay } from './replay.ts';

/** A player's place in the result. */
interface Place {
  readonly rank: number;
  readonly player: string;
  readonly score: number;
  readonly last_xp_at: string;
}

interface Winner {
  readonly period: string;
  readonly player: string;
  readonly score: number;
}

/** The result of a replay as one JSON object. The same history gives the same result on every store. */
export interface ReplayResult {
  readonly players: number;
  readonly refused: { readonly no_lives: number; readonly expired: number };
  readonly sessions: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  readonly runs: Readonly<Record<string, number>>;
  readonly lives_total: number;
  readonly streaks_active: number;
  readonly longest_streak: number;
  readonly protections_left: number;
  readonly xp_total: number;
  readonly archived: number;
  readonly periods_sealed: number;
  readonly global_top: readonly Place[];
  readonly weekly_winners: readonly Winner[];
  readonly monthly_winners: readonly Winner[];
  readonly digest: Readonly<Record<'lives' | 'streaks' | 'global' | 'archive' | 'sessions', string>>;
}

const PAGE = 1_000;

/** Reads the final state from the store and through the public API. */
export async function resultOf({ host, outbox, counts }: FinishedReplay): Promise<ReplayResult> {
  const lives = await pages(host, gameTokens.lives, ({ userId }) => userId);
  const streaks = await pages(host, gameTokens.streaks, ({ userId }) => userId);
  const sessions = await pages(host, gameTokens.sessions, ({ id }) => id);
  const hasGlobal = host.leaderboards.boards.some(({ key }) => key === 'global');
  const global = hasGlobal ? await standingsOf(host.leaderboards, 'global') : [];
  const archive = await archiveOf(host.leaderboards);
  const winners = (board: string): readonly Winner[] =>
    archive
      .filter((period) => period.board === board)
      .map(({ period, standings: [first] }) => ({ period, player: first!.userId, score: first!.score }));
  return {
    players: streaks.length,
    refused: { no_lives: counts.refused.noLives, expired: counts.refused.expired },
    sessions: countBy(sessions.map(({ status }) => status).filter((status) => status !== 'active')),
    events: await outbox.countByType(),
    runs: sortedRecord([...counts.runs].map(([job, { count }]) => [job, count])),
    lives_total: sum(lives.map(({ currentLives }) => currentLives)),
    streaks_active: streaks.filter(({ currentStreak }) => currentStreak > 0).length,
    longest_streak: Math.max(0, ...streaks.map(({ longestStreak }) => longestStreak)),
    protections_left: sum(streaks.map(({ protections }) => protections)),
    xp_total: sum(global.map(({ score }) => score)),
    archived: sum(archive.map(({ standings }) => standings.length)),
    periods_sealed: archive.length,
    global_top: global.slice(0, 5).map(({ rank, userId, score, lastXpAt }) => ({
      rank,
      player: userId,
      score,
      last_xp_at: orNone(lastXpAt),
    })),
    weekly_winners: winners('weekly'),
    monthly_winners: winners('monthly'),
    digest: {
      lives: digest(
        lives
          .map((one) => line(one.userId, one.currentLives, orNone(one.lastRegenAt), orNone(one.nextRegenAt)))
          .sort(bytewise),
      ),
      streaks: digest(
        streaks
          .map((one) =>
            line(one.userId, one.currentStreak, one.longestStreak, orNone(one.lastQuizAt), one.protections),
          )
          .sort(bytewise),
      ),
      global: digest(global.map(placeLine)),
      archive: digest(
        archive.flatMap(({ board, period, standings }) =>
          standings.map((one) => line(board, period, placeLine(one))),
        ),
      ),
      sessions: digest(
        sessions
          .map((one) =>
            line(one.userId, counts.startedAtTexts.get(one.id), one.status, orNone(one.completedAt)),
          )
          .sort(bytewise),
      ),
    },
  };
}

/** Returns all entries of a repository, read page by page. */
async function pages<Id, State>(
  host: JobHost,
  token: Token<{ list(page: { readonly after?: Id; readonly limit: number }): Promise<readonly State[]> }>,
  idOf: (state: State) => Id,
): Promise<readonly State[]> {
  const repository = host.container.get<typeof token extends Token<infer T> ? T : never>(token.symbol);
  const all: State[] = [];
  for (;;) {
    const last = all.at(-1);
    const page = await repository.list({ limit: PAGE, ...(last !== undefined && { after: idOf(last) }) });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/** Returns a whole board, in its order. */
async function standingsOf(
  leaderboards: Leaderboards,
  board: string,
  period?: string,
): Promise<readonly WithDates<Standing>[]> {
  const all: WithDates<Standing>[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await leaderboards.top(board, {
      limit: PAGE,
      ...(period !== undefined && { period }),
      ...(cursor !== undefined && { cursor }),
    });
    all.push(...page.standings);
    cursor = page.cursor;
  }
  return all;
}

/** Returns the final standings of every sealed period with scores, by board and period. */
async function archiveOf(leaderboards: Leaderboards) {
  const archive: { board: string; period: string; standings: readonly WithDates<Standing>[] }[] = [];
  const boards = [...leaderboards.boards].sort((a: Board, b: Board) => bytewise(a.key, b.key));
  for (const { key } of boards) {
    const periods = await leaderboards.periods(key, { limit: PAGE });
    for (const { key: period, players } of [...periods].reverse()) {
      if (players)
        archive.push({ board: key, period, standings: await standingsOf(leaderboards, key, period) });
    }
  }
  return archive;
}

function placeLine({ rank, userId, score, lastXpAt }: WithDates<Standing>): string {
  return line(rank, userId, score, orNone(lastXpAt));
}

function line(...parts: readonly unknown[]): string {
  return parts.join('|');
}

/** Returns the first 16 hexadecimal digits of the lines' SHA-256. */
function digest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function countBy(names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return sortedRecord([...counts]);
}

function sortedRecord(entries: readonly (readonly [string, number])[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => bytewise(a, b)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function orNone(at: InstantLike | null): string {
  return at === null ? 'None' : iso(at);
}
