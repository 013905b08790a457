import { GamekeeperError } from '@gamekeeper/core';
import { type BoardPeriod, type Drift, type NamedScore, type ScorePages } from '@gamekeeper/core/ports';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { RedisBoard } from './redis-board.ts';
import { packedScores } from './packed-scores.ts';
import * as scripts from './reconcile-scripts.ts';
import { forEachBatch } from './score-batches.ts';

/**
 * Thrown when a reconciliation was interrupted 5 times, because Redis was flushed or because it was silent for longer
 * than its lease.
 */
export class ReconciliationInterruptedError extends GamekeeperError<'RECONCILIATION_INTERRUPTED'> {
  constructor({ board, period }: BoardPeriod) {
    super(
      'RECONCILIATION_INTERRUPTED',
      `Recalculating board ${board.key} of ${period.key} was interrupted ${MAX_ATTEMPTS} times; check that Redis is not being flushed, or raise leaderboards.recalculationLeaseSeconds.`,
    );
  }
}

const MAX_ATTEMPTS = 5;
/** Up to this number of members are repaired in place, in one script. With more, the board is rebuilt. */
const MAX_REPAIRS = 250;
/** The keys of a reconciliation expire after this number of leases, if they are not removed before. */
const KEY_TTL_LEASES = 20;

/** Thrown internally: another reconciliation has started, or Redis was flushed. */
class ReconciliationLost extends Error {}

type ReconciliationMode = 'check' | 'rebuild';

/** The result of an attempt; `null` if it was interrupted, `rebuild` if a check is not enough. */
type Outcome = Drift | 'rebuild' | null;

/**
 * Makes a board equal to the database. An existing board is compared with the database in batches, and few differences
 * are repaired at once. Otherwise a new version is built and then replaces the old one. Returns the differences.
 */
export async function reconcile(board: RedisBoard, truth: ScorePages, full: boolean): Promise<Drift> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    let outcome: Outcome = full ? 'rebuild' : await runReconciliation('check', board, truth);
    if (outcome === 'rebuild') outcome = await runReconciliation('rebuild', board, truth);
    if (outcome !== null && outcome !== 'rebuild') return outcome;
  }
  throw new ReconciliationInterruptedError(board.at);
}

async function runReconciliation(
  way: ReconciliationMode,
  board: RedisBoard,
  truth: ScorePages,
): Promise<Outcome> {
  const id = randomUUID().slice(0, 13);
  if (!(await acquireReconciliation(way, id, board))) return 'rebuild';
  let outcome: Outcome = null;
  try {
    outcome = await (way === 'check' ? check(id, board, truth) : rebuild(id, board, truth));
    return outcome;
  } catch (error) {
    if (error instanceof ReconciliationLost) return null;
    throw error;
  } finally {
    // The remains after a crash or an outage of Redis are removed by the next reconciliation, or expire.
    if (outcome === null || outcome === 'rebuild')
      await board.run(scripts.abandon, id).catch(() => undefined);
  }
}

/** Waits until no other reconciliation runs. Returns `false` if there is nothing to check. */
async function acquireReconciliation(
  way: ReconciliationMode,
  id: string,
  board: RedisBoard,
): Promise<boolean> {
  for (let waitMs = 20; ; waitMs = Math.min(2 * waitMs, 500)) {
    const reply = await board.run(scripts.begin, id, board.leaseMs, keyTtlMs(board), board.ttlMs, way);
    if (reply !== 'busy') return reply === 'begun';
    await pause(waitMs);
  }
}

async function check(id: string, board: RedisBoard, truth: ScorePages): Promise<Outcome> {
  const { tieBreak } = board.at.board;
  const differing: NamedScore[] = [];
  const drift = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };
  const compare = async (part: readonly NamedScore[]): Promise<boolean> => {
    const packed = packedScores(part, tieBreak);
    const reply = (await board.run(scripts.check, id, tieBreak, keyTtlMs(board), packed)) as
      readonly (number | keyof Drift | 'older')[] | null;
    if (reply === null) throw new ReconciliationLost();
    for (let index = 0; index < reply.length; index += 2) {
      differing.push(part[reply[index] as number]!);
      const kind = reply[index + 1] as keyof Drift | 'older';
      if (kind !== 'older') drift[kind] += 1;
    }
    return differing.length <= MAX_REPAIRS;
  };
  if (!(await forEachBatch(truth, compare))) return 'rebuild';
  const reply = await board.run(scripts.repair, id, tieBreak, packedScores(differing, tieBreak));
  if (reply === 'extra') return 'rebuild';
  return reply === null ? null : drift;
}

async function rebuild(id: string, board: RedisBoard, truth: ScorePages): Promise<Outcome> {
  const drift = { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 };
  const { tieBreak } = board.at.board;
  const write = async (again: 0 | 1, part: readonly NamedScore[]): Promise<boolean> => {
    const packed = packedScores(part, tieBreak);
    const reply = await board.run(scripts.write, id, tieBreak, keyTtlMs(board), again, packed);
    if (reply === null) throw new ReconciliationLost();
    const [missing, wrongScore, misplaced, renamed] = reply as readonly [number, number, number, number];
    drift.missing += missing;
    drift.wrongScore += wrongScore;
    drift.misplaced += misplaced;
    drift.renamed += renamed;
    return true;
  };
  // A player who moved up while the pages were read may be missing from all of them, if the award has not reached
  // Redis yet. So only a member missing from two complete reads counts as extra.
  for (const sure of [0, 1] as const) {
    await forEachBatch(truth, (part) => write(sure, part));
    const reply = await board.run(scripts.publish, id, board.ttlMs, sure);
    if (reply === null) return null;
    if (sure === 1 || Number(reply) <= 0) return { ...drift, extra: Math.max(0, Number(reply)) };
  }
  return null;
}

function keyTtlMs({ leaseMs }: RedisBoard): number {
  return KEY_TTL_LEASES * leaseMs;
}
