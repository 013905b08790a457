import type { Instant, Run } from '@gamekeeper/core';
import type { OperatorAction } from '@gamekeeper/core/ports';
import type { EngineState, JobState } from '../reads/engine-state.ts';
import type { HostPorts } from '../reads/host-ports.ts';
import { nextTicks, type NextTicks } from './next-ticks.ts';

/** Runs that plots and shares are made from. */
export const RUNS_LOOKED_AT = 100;

/** Which job, and after which instant its next ticks begin; `null`: now. */
export interface JobChoice {
  readonly job: string;
  readonly after: Instant | null;
}

/** A job and its newest runs. */
export interface JobReads {
  readonly now: Instant;
  /** `null`: this host does not have the job. */
  readonly state: JobState | null;
  /** Newest tick first. */
  readonly runs: readonly Run[];
  readonly next: NextTicks;
  readonly actions: readonly OperatorAction[];
}

/** Reads a job's newest runs, by the primary key backwards, and computes its next ticks. */
export async function readJob(
  { ledger, actionLog }: HostPorts,
  { jobs, now }: EngineState,
  { job, after }: JobChoice,
): Promise<JobReads> {
  const state = jobs.find(({ name }) => name === job) ?? null;
  const [runs, actions] = await Promise.all([
    ledger.runs(job, { limit: RUNS_LOOKED_AT }),
    actionLog.list({ subject: job, limit: 20 }),
  ]);
  const next = state ? nextTicks(state.scheduled.schedule, after ?? now, now) : { ticks: [], more: null };
  return { now, state, runs, next, actions };
}
