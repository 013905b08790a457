import { InvalidOptionError, iso, type Instant } from '@gamekeeper/core';
import type { NewOperatorAction } from '@gamekeeper/core/ports';
import type { DashboardHost } from '../dashboard-host.ts';
import { actionNames, type ActionName } from '../web/access.ts';
import type { Parameters } from '../web/parameters.ts';

/** An action with what it is done to, checked. */
export type AskedAction =
  | { readonly action: 'run' | 'dry-run' | 'retry'; readonly job: string; readonly tick: Instant }
  | { readonly action: 'backfill'; readonly job: string; readonly from: Instant; readonly to: Instant }
  | { readonly action: 'pause' | 'resume'; readonly job: string }
  | { readonly action: 'recalculate'; readonly board: string; readonly full: boolean };

/** The names of the fields that say what an action is done to, in the address of its form and in the form. */
export const subjectFields: Readonly<Record<ActionName, readonly string[]>> = {
  run: ['job', 'tick'],
  'dry-run': ['job', 'tick'],
  retry: ['job', 'tick'],
  backfill: ['job', 'from', 'to'],
  pause: ['job'],
  resume: ['job'],
  recalculate: ['board', 'full'],
};

/** Returns the name of the action that is asked for. */
export function askedName(parameters: Parameters): ActionName {
  const name = parameters.required('action');
  const action = actionNames.find((each) => each === name);
  if (!action) throw new InvalidOptionError('action', name, `must be one of ${actionNames.join(', ')}`);
  return action;
}

/**
 * Returns the action that is asked for.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError} also for a job or board that the host does not have
 */
export function askedAction(host: DashboardHost, parameters: Parameters): AskedAction {
  const action = askedName(parameters);
  if (action === 'recalculate') {
    const board = parameters.required('board');
    const known = host.leaderboards.boards.map(({ key }) => key);
    if (!known.includes(board)) throw unknown('board', board, known);
    return { action, board, full: parameters.text('full') === 'yes' };
  }
  const job = parameters.required('job');
  const jobs = host.jobs.map((scheduled) => scheduled.job.name);
  if (!jobs.includes(job)) throw unknown('job', job, jobs);
  switch (action) {
    case 'pause':
    case 'resume':
      return { action, job };
    case 'backfill':
      return { action, job, from: parameters.requiredInstant('from'), to: parameters.requiredInstant('to') };
    case 'run':
    case 'dry-run':
    case 'retry':
      return { action, job, tick: parameters.requiredInstant('tick') };
  }
}

/** Returns the action as it is stored before it is done. */
export function storedAction(
  asked: AskedAction,
  by: Pick<NewOperatorAction, 'id' | 'who' | 'reason'>,
): NewOperatorAction {
  const { action } = asked;
  if (asked.action === 'recalculate')
    return { ...by, action, subject: asked.board, details: { full: asked.full } };
  if (asked.action === 'backfill')
    return { ...by, action, subject: asked.job, details: { from: iso(asked.from), to: iso(asked.to) } };
  return { ...by, action, subject: asked.job, details: 'tick' in asked ? { tick: iso(asked.tick) } : {} };
}

function unknown(option: string, value: string, known: readonly string[]): InvalidOptionError {
  return new InvalidOptionError(option, value, `must be one of ${known.join(', ')}`);
}
