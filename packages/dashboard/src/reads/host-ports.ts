import type { RunLog } from '@gamekeeper/core/engine';
import {
  engineTokens,
  gameTokens,
  hostTokens,
  optionalTokens,
  type ActionLog,
  type AlertLog,
  type AwardRepository,
  type FailedItems,
  type JobRegistry,
  type RunLedger,
  type RunOverview,
  type PlayerRepository,
  type SessionRepository,
  type ShardLedger,
  type SkewedInstances,
  type StoreTime,
  type Token,
} from '@gamekeeper/core/ports';
import type { DashboardHost } from '../dashboard-host.ts';

/** The ports that the dashboard reads from, beside the calls of the host. */
export interface HostPorts {
  readonly storeTime: StoreTime;
  readonly jobRegistry: JobRegistry;
  readonly ledger: RunLedger;
  readonly runOverview: RunOverview;
  /** `null` if runs are not divided. */
  readonly shardLedger: ShardLedger | null;
  readonly failedItems: FailedItems;
  readonly alertLog: AlertLog;
  readonly skewedInstances: SkewedInstances;
  readonly actionLog: ActionLog;
  readonly runLog: RunLog;
  readonly players: PlayerRepository;
  readonly sessions: SessionRepository;
  readonly awards: AwardRepository;
}

/** Returns the ports that a host's modules bind. */
export function portsOf({ container }: DashboardHost): HostPorts {
  const port = <Bound>({ symbol }: Token<Bound>): Bound => container.get<Bound>(symbol);
  const { shardLedger } = optionalTokens;
  return {
    storeTime: port(engineTokens.storeTime),
    jobRegistry: port(engineTokens.jobRegistry),
    ledger: port(engineTokens.ledger),
    runOverview: port(engineTokens.runOverview),
    shardLedger: container.isBound(shardLedger.symbol) ? port(shardLedger) : null,
    failedItems: port(engineTokens.failedItems),
    alertLog: port(engineTokens.alertLog),
    skewedInstances: port(engineTokens.skewedInstances),
    actionLog: port(engineTokens.actionLog),
    runLog: port(hostTokens.runLog),
    players: port(gameTokens.players),
    sessions: port(gameTokens.sessions),
    awards: port(gameTokens.awards),
  };
}
