import {
  engineHealth,
  factsOf,
  type EngineHealth,
  type EngineHealthPorts,
} from '../../engine/health/engine-health.ts';
import type { Instant } from '../../engine/time/instant.ts';
import type { Board } from '../leaderboards/board.ts';
import {
  boardCheckName,
  type BoardFacts,
  type UnfinishedReset,
  type UnsealedPeriod,
} from '../leaderboards/board-check.ts';
import { RECALCULATION } from '../leaderboards/leaderboard-recalculation.ts';

/** The health of a game's host: that of the engine, and the results of the leaderboard checks. */
export interface HostHealth extends EngineHealth {
  /** The earliest ended period that is not sealed, of the boards that this host resets; `null` if there is none. */
  readonly oldestUnsealed: UnsealedPeriod | null;
  /**
   * The sealed period whose reset has been unfinished for the longest time, of the same boards; `null` if there is
   * none.
   */
  readonly oldestUnfinished: UnfinishedReset | null;
  /** What the newest successful recalculation had to repair; `null` before the first. */
  readonly drift: CacheDrift | null;
}

/** How far the leaderboard cache differed from the store. */
export interface CacheDrift {
  /** The tick of the recalculation that measured it. */
  readonly tick: Instant;
  /** How many members it repaired. */
  readonly repaired: number;
}

/** What a game's health is computed from. */
export interface HostHealthPorts extends EngineHealthPorts {
  readonly boards: readonly Board[];
}

/** Computes a host's health and the results of its leaderboard checks. Changes nothing. */
export async function hostHealth({ boards, ...ports }: HostHealthPorts): Promise<HostHealth> {
  const { records, ...health } = await engineHealth(ports);
  const facts = boards.flatMap((board) => factsOf<BoardFacts>(health, boardCheckName(board)) ?? []);
  const recalculated = records.find(({ job }) => job === RECALCULATION)?.lastSuccess;
  return {
    ...health,
    oldestUnsealed: oldest(facts.map(({ oldestUnsealed }) => oldestUnsealed)),
    oldestUnfinished: oldest(facts.map(({ oldestUnfinished }) => oldestUnfinished)),
    drift: recalculated ? { tick: recalculated.tick, repaired: recalculated.processed } : null,
  };
}

function oldest<Period extends { readonly ageMs: number }>(
  periods: readonly (Period | null)[],
): Period | null {
  const [first] = periods.filter((period) => period !== null).sort((a, b) => b.ageMs - a.ageMs);
  return first ?? null;
}
