import { Redis } from 'ioredis';
import type { BullMqSchedulerOptions } from './bull-mq-options.ts';

/** The connections of a courier, all of its own. */
export interface BullMqConnections {
  /** For sending: it fails at once while Redis is away. */
  readonly sending: Redis;
  /** For working, where BullMQ waits for Redis to come back. */
  readonly working: Redis;
}

/** Opens the connections. They connect in the background, and again whenever they are lost. */
export function openConnections(options: BullMqSchedulerOptions): BullMqConnections {
  return {
    sending: connect(options, { maxRetriesPerRequest: 1, enableOfflineQueue: false }),
    working: connect(options, { maxRetriesPerRequest: null, enableOfflineQueue: true }),
  };
}

interface Needed {
  readonly maxRetriesPerRequest: number | null;
  readonly enableOfflineQueue: boolean;
}

function connect(options: BullMqSchedulerOptions, needed: Needed): Redis {
  const all = { ...needed, lazyConnect: false, keyPrefix: '' };
  if ('url' in options) return new Redis(options.url, all);
  if ('server' in options) return new Redis({ ...options.server, ...all });
  return options.client.duplicate(all);
}
