import type { Outbox } from '@gamekeeper/core/ports';

const PAGE = 10_000;

/** Returns the keys of all game events, sorted. */
export async function eventKeys(outbox: Outbox): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await outbox.list({ limit: PAGE, ...(after !== undefined && { after }) });
    keys.push(...page.map(({ key }) => key));
    after = page.at(-1)?.id;
    if (after === undefined) return keys.sort();
  }
}
