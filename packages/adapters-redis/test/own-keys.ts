import { Redis } from 'ioredis';

/** A prefix that nobody else uses. */
export function ownPrefix(): string {
  return `gamekeeper-test:${process.pid}:${Math.random().toString(36).slice(2, 10)}`;
}

/** The keys with a prefix. */
export async function keysOf(url: string, prefix: string): Promise<readonly string[]> {
  const client = new Redis(url);
  try {
    const keys: string[] = [];
    for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
      const [next, found] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1_000);
      keys.push(...found);
      cursor = next;
    }
    return [...new Set(keys)].sort();
  } finally {
    client.disconnect();
  }
}

/** Removes the keys with a prefix. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  const keys = await keysOf(url, prefix);
  const client = new Redis(url);
  for (let index = 0; index < keys.length; index += 1_000)
    await client.unlink(keys.slice(index, index + 1_000));
  client.disconnect();
}
