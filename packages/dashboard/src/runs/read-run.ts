import { addMs, type FailedItem, type Instant, type Run } from '@gamekeeper/core';
import type { OperatorAction, Shard } from '@gamekeeper/core/ports';
import { isTick, type RunLog } from '@gamekeeper/core/engine';
import { dueThrough, type EngineState, type JobState } from '../reads/engine-state.ts';
import type { HostPorts } from '../reads/host-ports.ts';

/** Failed items on one page. */
export const ITEMS_ON_A_PAGE = 50;

/** Which run, and after which failed item its list begins. */
export interface RunChoice {
  readonly job: string;
  readonly tick: Instant;
  readonly afterItem: string | null;
}

/** A tick, and what the ledger and the failed items have of it. */
export interface RunReads {
  readonly now: Instant;
  /** `null`: this host does not have the job. */
  readonly state: JobState | null;
  /** `null`: nothing is recorded. */
  readonly run: Run | null;
  /** Why nothing is recorded; `null` if something is. */
  readonly missing: 'not-a-tick' | 'ahead' | 'owed' | 'unrecorded' | null;
  readonly shards: readonly Shard[];
  /** One more than fits on a page, if there are more. */
  readonly items: readonly FailedItem[];
  readonly actions: readonly OperatorAction[];
  /** How many events of each type it has written. */
  readonly events: Readonly<Record<string, number>>;
  /** Log lines of this process; `null`: it keeps none. */
  readonly log: ReturnType<RunLog['of']> | null;
}

/** Reads one run by its primary key, with its shards and failed items. */
export async function readRun(
  { ledger, runOverview, shardLedger, failedItems, actionLog, runLog }: HostPorts,
  { jobs, now }: EngineState,
  { job, tick, afterItem }: RunChoice,
): Promise<RunReads> {
  const after = afterItem === null ? {} : { after: { tick, item: afterItem } };
  const [runs, events, shards, items, actions] = await Promise.all([
    ledger.runs(job, { from: tick, before: addMs(tick, 1), limit: 1 }),
    runOverview.events({ job, tick }),
    shardLedger ? shardLedger.list(job, tick) : [],
    failedItems.list({ job, tick }, { limit: ITEMS_ON_A_PAGE + 1, ...after }),
    actionLog.list({ subject: job, limit: 10 }),
  ]);
  const state = jobs.find(({ name }) => name === job) ?? null;
  const run = runs[0] ?? null;
  return {
    now,
    state,
    run,
    missing: run ? null : missing(state, tick, now),
    shards,
    items,
    actions,
    events,
    log: runLog.isOn ? runLog.of(job, tick) : null,
  };
}

function missing(state: JobState | null, tick: Instant, now: Instant): RunReads['missing'] {
  if (!state || !isTick(state.scheduled.schedule, tick)) return 'not-a-tick';
  if (tick > dueThrough(state.scheduled.job.delayMs, now)) return 'ahead';
  return state.record !== null && tick > state.record.watermark ? 'owed' : 'unrecorded';
}
