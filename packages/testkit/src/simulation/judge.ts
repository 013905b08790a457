import {
  compareBytewise,
  iso,
  later,
  type Instant,
  type Json,
  type Run,
  type ScheduledJob,
  type StoredEvent,
} from '@gamekeeper/core';
import type { Completions } from './completions.ts';
import type { Performed } from './perform.ts';
import type { Reference, ReferenceTick } from './reference.ts';
import type { SimulatedStore, StateLines } from './scenario.ts';
import { inWords, shortTime } from './story.ts';

const ALL = 1_000_000;

/** What the ledger says of the ticks of a history: those to play again without faults, and what is wrong. */
export async function judgeTicks(
  store: SimulatedStore,
  jobs: readonly ScheduledJob[],
  {
    from,
    through,
    promptMs,
  }: {
    readonly from: Instant;
    readonly through: Instant;
    /** How long after its tick and its delay a run may be finished at the latest; `null` when anything may be late. */
    readonly promptMs: number | null;
  },
): Promise<{ readonly ticks: readonly ReferenceTick[]; readonly wrong: readonly string[] }> {
  const ticks: ReferenceTick[] = [];
  const wrong: string[] = [];
  for (const [index, { job, schedule }] of jobs.entries()) {
    const runs = new Map((await store.ledger.runs(job.name, { limit: ALL })).map((run) => [run.tick, run]));
    for (const at of schedule.between(later(from, -1), later(through, -job.delayMs))) {
      const run = runs.get(at);
      runs.delete(at);
      const flaw = flawOf(run, job.missedTicks === 'every');
      if (flaw) wrong.push(`law 1: ${job.name} ${shortTime(at)} ${flaw}`);
      const lateMs = run?.status === 'succeeded' ? (run.finishedAt ?? at) - at - job.delayMs : 0;
      if (promptMs !== null && lateMs > promptMs)
        wrong.push(
          `law 2: ${job.name} ${shortTime(at)} ended ${inWords(lateMs)} late, beside an instance in good order`,
        );
      if (run?.status !== 'skipped') ticks.push({ at, job: index });
    }
    for (const at of runs.keys()) wrong.push(`law 9: ${job.name} has a run at ${iso(at)}, which is no tick`);
  }
  return { ticks: ticks.sort((a, b) => a.at - b.at || a.job - b.job), wrong };
}

function flawOf(run: Run | undefined, mustRun: boolean): string | null {
  if (!run) return 'never ran';
  if (run.status === 'succeeded' || (run.status === 'skipped' && !mustRun)) return null;
  return `was left ${run.status}${run.error === null ? '' : ` (${run.error})`}`;
}

/** Law 1: no tick was completed twice. */
export function judgeCompletions({ all }: Completions): readonly string[] {
  const seen = new Map<string, string>();
  const wrong: string[] = [];
  for (const { job, tick, owner } of all) {
    const before = seen.get(`${job} ${tick}`);
    if (before !== undefined)
      wrong.push(`law 1: ${job} ${shortTime(tick)} was completed by ${before} and again by ${owner}`);
    seen.set(`${job} ${tick}`, owner);
  }
  return wrong;
}

/** Laws 2, 3 and 4: state, events and answers are those of the undisturbed history. */
export async function judgeOutcome<Store extends SimulatedStore, Action extends Json>(
  store: Store,
  reference: Reference<Store>,
  state: (store: Store) => Promise<StateLines>,
  actions: readonly Performed<Action>[],
): Promise<readonly string[]> {
  const wrong: string[] = [];
  const [events, expected] = await Promise.all(
    [store, reference.store].map(({ outbox }) => outbox.list({ limit: ALL })),
  );
  wrong.push(...doubled(events!).map((key) => `law 3: the event ${key} is stored more than once`));
  wrong.push(...difference('law 3: events', eventLines(events!), eventLines(expected!)));
  const [found, wanted] = [await state(store), await state(reference.store)];
  for (const heading of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
    wrong.push(...difference(`law 2: ${heading}`, found[heading] ?? [], wanted[heading] ?? []));
  }
  for (const [index, { at, action, answer }] of actions.entries()) {
    const instead = reference.answers[index]!;
    if (answer === instead) continue;
    wrong.push(
      `law 4: at ${shortTime(at)} ${JSON.stringify(action)} was answered "${answer}", undisturbed "${instead}"`,
    );
  }
  return wrong;
}

function doubled(events: readonly StoredEvent[]): readonly string[] {
  const keys = events.map(({ key }) => key);
  return [...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))];
}

function eventLines(events: readonly StoredEvent[]): readonly string[] {
  return [
    ...new Set(
      events.map(({ key, occurredAt, payload }) => `${key} at ${occurredAt} ${JSON.stringify(payload)}`),
    ),
  ];
}

/** How two sets of lines differ, a few lines of each kind. */
function difference(
  heading: string,
  found: readonly string[],
  expected: readonly string[],
): readonly string[] {
  const [has, should] = [new Set(found), new Set(expected)];
  const extra = found.filter((line) => !should.has(line)).sort(compareBytewise);
  const missing = expected.filter((line) => !has.has(line)).sort(compareBytewise);
  return [
    ...extra
      .slice(0, 3)
      .map((line) => `${heading}: there is "${told(line)}", which the undisturbed history has not`),
    ...missing.slice(0, 3).map((line) => `${heading}: "${told(line)}" of the undisturbed history is missing`),
  ];
}

/** Lines are compared with instants as numbers, since writing them out takes longer than all the rest. */
function told(line: string): string {
  return line.replaceAll(/\b\d{13}\b/g, (ms) => iso(Number(ms) as Instant));
}
