import type { RedisConnection } from '../redis-connection.ts';
import { streamKeys } from './event-streams.ts';

/**
 * Creates a group on a partition, unless it exists.
 *
 * @param startAt where a group that is created begins: at the first event that is kept, or after the last one
 * @throws errors of Redis
 */
export async function createReaderGroup(
  { connection, group }: { readonly connection: RedisConnection; readonly group: string },
  partition: number,
  startAt: 'beginning' | 'now',
): Promise<void> {
  const stream = streamKeys.stream(connection, partition);
  const start = startAt === 'beginning' ? '0' : '$';
  try {
    await connection.run((client) => client.xgroup('CREATE', stream, group, start, 'MKSTREAM'));
    // Losses of an older group with the same name.
    await connection.run((client) => client.hdel(streamKeys.dropped(connection, partition), group));
  } catch (error) {
    if (!String(error).includes('BUSYGROUP')) throw error;
  }
}
