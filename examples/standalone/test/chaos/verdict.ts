import { isDeepStrictEqual } from 'node:util';
import { iso, type Instant, type ScheduledJob } from '@gamekeeper/core';
import { engineTokens, type RunLedger } from '@gamekeeper/core/ports';
import type { JobHost } from '@gamekeeper/composition';
import { loadReplay, type FinishedReplay, type ReplayResult } from '@gamekeeper/cli';
import type { TakenOver } from './watched.ts';

const { eventKeys, resultOf } = await loadReplay();

const PAGE = 1_000;
const SHOWN = 5;

/** The state that a history ended in, and all that happened on the way. */
export interface Outcome {
  readonly result: ReplayResult;
  readonly events: readonly string[];
}

/** Reads an outcome back. */
export async function outcomeOf(end: FinishedReplay): Promise<Outcome> {
  return { result: await resultOf(end), events: await eventKeys(end.outbox) };
}

/** How two outcomes differ, in sentences; runs are compared tick by tick in {@link ledgerFaults}. */
export function differences(actual: Outcome, expected: Outcome): readonly string[] {
  const { runs: _, ...was } = actual.result;
  const { runs: __, ...should } = expected.result;
  const fields = Object.keys(should).flatMap((name) => {
    const [is, want] = [was, should].map((one) => one[name as keyof typeof one]);
    return isDeepStrictEqual(is, want)
      ? []
      : [`${name}: ${JSON.stringify(is)}, expected ${JSON.stringify(want)}`];
  });
  const happened = new Set(actual.events);
  const due = new Set(expected.events);
  const missing = expected.events.filter((key) => !happened.has(key));
  const extra = actual.events.filter((key) => !due.has(key));
  return [
    ...fields,
    ...(missing.length > 0 ? [`${missing.length} events missing: ${missing.slice(0, SHOWN).join(' ')}`] : []),
    ...(extra.length > 0 ? [`${extra.length} events too many: ${extra.slice(0, SHOWN).join(' ')}`] : []),
    ...(actual.events.length === happened.size ? [] : ['an event key stands there twice']),
  ];
}

/** What the ledger says about the ticks in `(from, to]`. */
export async function ledgerFaults(
  host: JobHost,
  from: Instant,
  to: Instant,
): Promise<{
  readonly runs: number;
  readonly takenOver: readonly TakenOver[];
  readonly faults: readonly string[];
}> {
  const ledger = host.container.get<RunLedger>(engineTokens.ledger.symbol);
  const faults: string[] = [];
  let runs = 0;
  const takenOver: TakenOver[] = [];
  for (const scheduled of host.jobs) {
    const succeeded = new Set<Instant>();
    for (let before: Instant | undefined; ;) {
      const page = await ledger.runs(scheduled.job.name, {
        limit: PAGE,
        ...(before !== undefined && { before }),
      });
      for (const { tick, status, fence, error } of page) {
        if (status === 'succeeded') succeeded.add(tick);
        if (status === 'failed' || status === 'running')
          faults.push(`${scheduled.job.name} at ${iso(tick)} is ${status}: ${error}`);
        if (fence > 1) takenOver.push({ job: scheduled.job.name, tick });
      }
      before = page.at(-1)?.tick;
      if (before === undefined) break;
    }
    runs += succeeded.size;
    faults.push(...unrun(scheduled, succeeded, from, to));
  }
  return { runs, takenOver, faults };
}

function unrun(
  { job, schedule }: ScheduledJob,
  succeeded: ReadonlySet<Instant>,
  from: Instant,
  to: Instant,
): readonly string[] {
  if (job.missedTicks !== 'every') return [];
  const ticks = [...schedule.between(from, to)];
  const missing = ticks.filter((tick) => !succeeded.has(tick));
  return [
    ...(missing.length > 0
      ? [`${job.name} has no completed run for ${missing.slice(0, SHOWN).map(iso).join(' ')}`]
      : []),
    ...(succeeded.size - (ticks.length - missing.length) > 0
      ? [`${job.name} ran for ticks that are none`]
      : []),
  ];
}
