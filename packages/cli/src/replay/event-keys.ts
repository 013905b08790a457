import type { Outbox } from '@gamekeeper/core/ports';

const PAGE = 10_000;

/** The keys of all events of the game, sorted: what happened, whenever it was written. */
export async function eventKeys(outbox: Outbox): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await outbox.list({ limit: PAGE, ...(after !== undefined && { after }) });
    keys.push(...page.map(({ key }) => key));
    after = page.at(-1)?.id;
    if (after === undefined) return keys.sort();
  }
}
