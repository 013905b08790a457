import type { OutboxLag, OutboxLanes } from '../events/outbox-lanes.ts';
import type { ScheduledJob } from '../jobs/job-engine.ts';
import type { JobLedger, JobRecord } from '../jobs/job-ledger.ts';
import type { Board } from '../leaderboards/board.ts';
import { RECALCULATION } from '../leaderboards/leaderboard-recalculation.ts';
import type { RankingRepository } from '../leaderboards/ranking-repository.ts';
import type { Instant } from '../time/instant.ts';
import { judgeJobs, type JobHealth } from './job-health.ts';
import { isTrouble } from './verdict.ts';

/** How everything that runs by itself is doing, judged from the store by its clock: any instance gives the same answer. */
export interface HostHealth {
  /** Whether the store knows all jobs and none is in trouble. */
  readonly healthy: boolean;
  /** The store's clock when it was judged. */
  readonly judgedAt: Instant;
  readonly jobs: readonly JobHealth[];
  /** Events that wait for delivery; `null` where no bus is bound. */
  readonly outbox: OutboxLag | null;
  /** The period that ended longest ago and is not sealed; `null` when none is waiting. */
  readonly oldestUnsealed: UnsealedPeriod | null;
  /** What the newest recalculation that succeeded had to repair; `null` before the first. */
  readonly drift: CacheDrift | null;
}

/** A period of a board that is over and whose standings are not fixed yet. */
export interface UnsealedPeriod {
  readonly board: string;
  readonly period: string;
  readonly endedAt: Instant;
  /** Since its end. Milliseconds. */
  readonly ageMs: number;
}

/** How far the cache of the leaderboards was from the truth. */
export interface CacheDrift {
  /** The tick of the recalculation that found out. */
  readonly tick: Instant;
  /** How many members it put right. */
  readonly repaired: number;
}

/** What a host's health is judged from. */
export interface HostHealthPorts {
  readonly ledger: JobLedger;
  readonly jobs: readonly ScheduledJob[];
  readonly boards: readonly Board[];
  readonly rankings: RankingRepository;
  /** `null` where no bus is bound: then nobody waits for the events. */
  readonly lanes: OutboxLanes | null;
}

/** Judges a host. It changes nothing, and costs the store one look for the jobs, one for events and one for each board. */
export async function judgeHost({
  ledger,
  jobs: scheduled,
  boards,
  rankings,
  lanes,
}: HostHealthPorts): Promise<HostHealth> {
  const now = await ledger.now();
  const records = await ledger.records();
  const jobs = judgeJobs(scheduled, records, now).map(({ health }) => health);
  return {
    healthy: jobs.length === scheduled.length && !jobs.some(({ verdict }) => isTrouble(verdict)),
    judgedAt: now,
    jobs,
    outbox: lanes && (await lanes.lag()),
    oldestUnsealed: await oldestUnsealed(rankings, boards, now),
    drift: driftOf(records),
  };
}

async function oldestUnsealed(
  rankings: RankingRepository,
  boards: readonly Board[],
  now: Instant,
): Promise<UnsealedPeriod | null> {
  const closing = boards.filter(({ period }) => period !== 'all');
  const oldest = await Promise.all(
    closing.map(async (board) => {
      const unfinished = await rankings.unfinished(board, now);
      const open = unfinished.find(({ sealedAt }) => sealedAt === null);
      return open && { board: board.key, period: open.key, endedAt: open.endsAt };
    }),
  );
  const [first] = oldest.filter((open) => open !== undefined).sort((a, b) => a.endedAt - b.endedAt);
  return first ? { ...first, ageMs: now - first.endedAt } : null;
}

function driftOf(records: readonly JobRecord[]): CacheDrift | null {
  const success = records.find(({ job }) => job === RECALCULATION)?.lastSuccess;
  return success ? { tick: success.tick, repaired: success.processed } : null;
}
