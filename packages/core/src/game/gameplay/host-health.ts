import { OUTBOX_CHECK } from '../../engine/events/outbox-check.ts';
import type { OutboxLag } from '../../engine/events/outbox-lanes.ts';
import { judgeHost, type EngineHealth, type EngineHealthPorts } from '../../engine/health/host-health.ts';
import type { AlertLag, AlertLog } from '../../engine/health/alert-log.ts';
import type { Degradation } from '../../engine/health/outage.ts';
import type { Outages } from '../../engine/health/outages.ts';
import type { Board } from '../leaderboards/board.ts';
import {
  boardCheckName,
  type BoardFacts,
  type UnfinishedReset,
  type UnsealedPeriod,
} from '../leaderboards/board-check.ts';
import { RECALCULATION } from '../leaderboards/leaderboard-recalculation.ts';
import type { Instant } from '../../engine/time/instant.ts';

/** The health of a host with what its game's checks found out. */
export interface HostHealth extends EngineHealth {
  /** Events that wait for delivery; `null` where no bus is bound. */
  readonly outbox: OutboxLag | null;
  /** The period that ended longest ago and is not sealed, of the boards that this host resets; `null` when none is waiting. */
  readonly oldestUnsealed: UnsealedPeriod | null;
  /** The sealed period whose reset has been unfinished for longest, of the same boards; `null` when all are finished. */
  readonly oldestUnfinished: UnfinishedReset | null;
  /**
   * What this process can do without for a while and cannot use now, such as a cache: the only part that differs between
   * instances. It makes no host unhealthy.
   */
  readonly degraded: readonly Degradation[];
  /** Alerts that channels were to be told by now and were not. */
  readonly alerts: AlertLag;
  /** What the newest recalculation that succeeded had to repair; `null` before the first. */
  readonly drift: CacheDrift | null;
}

/** How far the cache of the leaderboards was from the truth. */
export interface CacheDrift {
  /** The tick of the recalculation that found out. */
  readonly tick: Instant;
  /** How many members it put right. */
  readonly repaired: number;
}

/** What a host's health is judged from. */
export interface HostHealthPorts extends EngineHealthPorts {
  readonly boards: readonly Board[];
  readonly outages: Pick<Outages, 'look'>;
  readonly alertLog: Pick<AlertLog, 'lag'>;
}

/** Judges a host, and says what its checks found out about outbox and leaderboards. It changes nothing. */
export async function hostHealth({
  boards,
  outages,
  alertLog,
  ...ports
}: HostHealthPorts): Promise<HostHealth> {
  const { records, ...health } = await judgeHost(ports);
  const facts = boards.flatMap((board) => factsOf<BoardFacts>(health, boardCheckName(board)) ?? []);
  const recalculated = records.find(({ job }) => job === RECALCULATION)?.lastSuccess;
  return {
    ...health,
    outbox: factsOf<OutboxLag>(health, OUTBOX_CHECK),
    oldestUnsealed: oldest(facts.map(({ oldestUnsealed }) => oldestUnsealed)),
    oldestUnfinished: oldest(facts.map(({ oldestUnfinished }) => oldestUnfinished)),
    alerts: await alertLog.lag(),
    degraded: outages.look(),
    drift: recalculated ? { tick: recalculated.tick, repaired: recalculated.processed } : null,
  };
}

/** What one of our own checks judged by; `null` where the host does not have it, or it could not judge. */
function factsOf<Facts extends object>({ checks }: EngineHealth, name: string): Facts | null {
  return (checks.find(({ check }) => check === name)?.facts ?? null) as Facts | null;
}

function oldest<Period extends { readonly ageMs: number }>(
  periods: readonly (Period | null)[],
): Period | null {
  const [first] = periods.filter((period) => period !== null).sort((a, b) => b.ageMs - a.ageMs);
  return first ?? null;
}
