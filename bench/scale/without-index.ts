import type { BenchStore } from '../lib/bench-store.ts';

/** Does some work without an index and builds it afterwards, which is faster than row by row. */
export async function withoutIndex(
  store: BenchStore,
  index: string,
  work: () => Promise<void>,
): Promise<void> {
  const [found] = await store.query<{ definition: string }>(
    `select pg_get_indexdef('{${index}}'::regclass) as definition`,
  );
  await store.query(`drop index {${index}}`);
  await work();
  await store.query(found!.definition);
}
