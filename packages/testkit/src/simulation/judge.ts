import { iso, type Json } from '@gamekeeper/core';
import { type StoredEvent } from '@gamekeeper/core/ports';
import { compareBytewise } from '@gamekeeper/core/game';
import type { Journal } from './journal.ts';
import { isUndone, type Performed } from './perform.ts';
import type { Reference } from './reference.ts';
import type { SimulatedStore, StateLines } from './scenario.ts';
import { shortTime } from './story.ts';

const ALL = 1_000_000;

/** Law 1: no tick was completed twice. */
export function judgeCompletions({ completions }: Journal): readonly string[] {
  const seen = new Map<string, string>();
  const wrong: string[] = [];
  for (const { job, tick, instanceId } of completions) {
    const before = seen.get(`${job} ${tick}`);
    if (before !== undefined)
      wrong.push(`law 1: ${job} ${shortTime(tick)} was completed by ${before} and again by ${instanceId}`);
    seen.set(`${job} ${tick}`, instanceId);
  }
  return wrong;
}

/** Laws 2, 3 and 4: state, events and results equal those of the undisturbed history. */
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
  for (const [index, { at, planned, answer }] of actions.entries()) {
    const instead = reference.answers[index];
    if (answer === instead || isUndone(planned)) continue;
    wrong.push(
      `law 4: at ${shortTime(at)} ${JSON.stringify(planned.action)} returned "${answer}", in the undisturbed history "${instead}"`,
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

/** Returns how two sets of lines differ, a few lines of each kind. */
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
      .map((line) => `${heading}: unexpected: "${told(line)}" is not in the undisturbed history`),
    ...missing.slice(0, 3).map((line) => `${heading}: missing: "${told(line)}" of the undisturbed history`),
  ];
}

/** Lines contain instants as numbers, since formatting all of them takes longer than everything else. */
function told(line: string): string {
  return line.replaceAll(/\b\d{13}\b/g, (ms) => iso(Number(ms)));
}
