import type {
  Shard,
  LeasedRun,
  AlertRecord,
  OperatorAction,
  SeenInstance,
  SkewedInstance,
} from '@gamekeeper/core/ports';
import type { EngineState } from '../reads/engine-state.ts';
import type { HostPorts } from '../reads/host-ports.ts';

/** Alerts that are listed. */
const MOST_ALERTS = 10;

/** Runs of each job that are looked at for instances. */
const RUNS_LOOKED_AT = 20;

/** What the first page shows beside the state of jobs and checks. */
export interface NowReads {
  readonly active: readonly (LeasedRun & { readonly shards: readonly Shard[] })[];
  readonly instances: readonly SeenInstance[];
  readonly skewed: readonly SkewedInstance[];
  readonly alerts: readonly AlertRecord[];
  /** The newest pause of each paused job, by job; none for a pause that was not made from the dashboard. */
  readonly pauses: ReadonlyMap<string, OperatorAction>;
}

/** Reads what is running where, and what was told to whom. */
export async function readNow(ports: HostPorts, { jobs }: EngineState): Promise<NowReads> {
  const { runOverview, skewedInstances, alertLog } = ports;
  const [active, instances, skewed, alerts, pauses] = await Promise.all([
    activeRuns(ports),
    runOverview.instances({ jobs: jobs.map(({ name }) => name), limit: RUNS_LOOKED_AT }),
    skewedInstances.list(),
    alertLog.list({ limit: MOST_ALERTS }),
    newestPauses(
      ports,
      jobs.filter(({ record }) => record !== null && record.pausedAt !== null).map(({ name }) => name),
    ),
  ]);
  return { active, instances, skewed, alerts, pauses };
}

async function activeRuns({ runOverview, shardLedger }: HostPorts): Promise<NowReads['active']> {
  const active = await runOverview.active();
  return Promise.all(
    active.map(async (run) => ({
      ...run,
      // A divided run has no lease of its own.
      shards: run.leaseUntil === null && shardLedger ? await shardLedger.list(run.job, run.tick) : [],
    })),
  );
}

async function newestPauses(
  { actionLog }: HostPorts,
  paused: readonly string[],
): Promise<ReadonlyMap<string, OperatorAction>> {
  const found = await Promise.all(
    paused.map(async (subject) => {
      const actions = await actionLog.list({ subject, limit: 20 });
      const pause = actions.find(({ action, status }) => action === 'pause' && status === 'done');
      return pause ? [[subject, pause] as const] : [];
    }),
  );
  return new Map(found.flat());
}
