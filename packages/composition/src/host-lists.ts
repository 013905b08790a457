import { InvalidOptionError, instant, runStatuses, type InstantLike, type RunStatus } from '@gamekeeper/core';
import type { Outbox, RunLedger } from '@gamekeeper/core/ports';
import {
  failedItemCursor,
  knownOptions,
  storableText,
  wholeNumber,
  type JobEngine,
} from '@gamekeeper/core/engine';

/** Which runs of a job to list. */
export interface RunListOptions {
  /** The tick of the last run of the previous page. */
  readonly before?: InstantLike;
  /** Only ticks from this instant on. */
  readonly from?: InstantLike;
  /** Only runs with one of these statuses. */
  readonly status?: readonly RunStatus[];
  /** From 1 to 10,000, default 20. */
  readonly limit?: number;
}

/** Which failed items of a job to list. */
export interface FailedItemListOptions {
  /** Only those of this tick. */
  readonly tick?: InstantLike;
  /** The last item of the previous page. */
  readonly after?: { readonly tick: InstantLike; readonly item: string };
  /** From 1 to 10,000, default 100. */
  readonly limit?: number;
}

/** Which events to list. */
export interface EventListOptions {
  /** The `id` of the last event of the previous page. */
  readonly before?: string;
  /** From 1 to 10,000, default 20. */
  readonly limit?: number;
}

// What callers gave, checked and in the form of the ports.

/** @throws {InvalidOptionError} {@link InvalidInstantError} */
export function runsPage(job: string, page: RunListOptions): Parameters<RunLedger['runs']> {
  const { before, from, status, limit = 20 } = knownOptions(page, ['before', 'from', 'status', 'limit']);
  storableText('job', job, 'must be the name of a job');
  wholeNumber('limit', limit, { min: 1, max: 10_000 });
  if (status !== undefined) assertStatus(status);
  const checked = {
    limit,
    ...(before !== undefined && { before: instant(before) }),
    ...(from !== undefined && { from: instant(from) }),
    ...(status !== undefined && { status }),
  };
  return [job, checked];
}

/** @throws {InvalidOptionError} {@link InvalidInstantError} */
export function failedItemsPage(
  page: FailedItemListOptions,
): NonNullable<Parameters<JobEngine['failedItems']>[1]> {
  const { tick, after, ...rest } = knownOptions(page, ['tick', 'after', 'limit']);
  return {
    ...rest,
    ...(tick !== undefined && { tick: instant(tick) }),
    ...(after !== undefined && { after: failedItemCursor(after) }),
  };
}

/** @throws {InvalidOptionError} */
export function eventsPage(page: EventListOptions): Parameters<Outbox['newest']>[0] {
  const { before, limit = 20 } = knownOptions(page, ['before', 'limit']);
  wholeNumber('limit', limit, { min: 1, max: 10_000 });
  if (before !== undefined && !(typeof before === 'string' && /^\d{1,18}(\.\d{1,9})?$/.test(before)))
    throw new InvalidOptionError('before', before, 'must be the id of the last event of the previous page');
  return { limit, ...(before !== undefined && { before }) };
}

/** @throws {InvalidOptionError} */
function assertStatus(status: readonly RunStatus[]): void {
  if (Array.isArray(status) && status.every((one: RunStatus) => runStatuses.includes(one))) return;
  throw new InvalidOptionError('status', status, `must be a list of ${runStatuses.join(', ')}`);
}
