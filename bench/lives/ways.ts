import { iso, addMs, MINUTE_MS } from '@gamekeeper/core';
import type { BenchStore } from '../lib/bench-store.ts';
import { natural, tick, type Tables } from './crowd.ts';

/** How many rows the row-by-row loop goes through before it is scaled up to all of them. */
export const ROW_BY_ROW_SAMPLE = 5_000;

const asOf = `timestamptz '${iso(tick)}'`;
const change = `
  set current_lives = current_lives + 1, last_regen_at = ${asOf},
    next_regen_at = timestamptz '${iso(addMs(tick, 30 * MINUTE_MS))}'
`;
const due = `current_lives < 5 and next_regen_at <= ${asOf}`;

/** The job through the whole engine: claim, batches, events, checkpoints. */
export async function job(store: BenchStore): Promise<void> {
  const outcome = await store.host.runNow('life-regeneration', { tick });
  if (outcome.kind === 'ran' && outcome.report.end === 'succeeded') return;
  throw new Error(`the run did not succeed: ${JSON.stringify(outcome)}`);
}

/** Reference 1, on the natural tables unless told otherwise: everybody in one statement, without events. */
export async function oneUpdate(
  store: BenchStore,
  { lives }: Pick<Tables, 'lives'> = natural,
): Promise<void> {
  await store.query(`update {${lives}} ${change} where ${due}`);
}

/** Reference 1b, on the natural tables: everybody in one statement, with events. */
export async function oneUpdateWithEvents(store: BenchStore): Promise<void> {
  await store.query(`
    with given as (update {natural_lives} ${change} where ${due} returning user_id, current_lives)
    insert into {natural_outbox} (event_key, type, payload, occurred_at, written_at)
    select 'LivesRefilled:${iso(tick)}:' || user_id, 'LivesRefilled', jsonb_build_object('userId', user_id), ${asOf}, now()
    from given where current_lives = 5
    on conflict (event_key) do nothing
  `);
}

/** Reference 2, on the natural tables: read who is due, then one UPDATE and one commit for each; a sample only, without events. */
export async function rowByRow(store: BenchStore): Promise<void> {
  const players = await store.query<{ user_id: string }>(
    `select user_id from {natural_lives} where ${due} limit ${ROW_BY_ROW_SAMPLE}`,
  );
  for (const { user_id: id } of players) {
    await store.query(`update {natural_lives} ${change} where user_id = '${id}' and ${due}`);
  }
}
