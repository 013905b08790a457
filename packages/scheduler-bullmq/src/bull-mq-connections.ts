import { Redis } from 'ioredis';
import type { BullMqSchedulerOptions } from './bull-mq-options.ts';

/** The connections of a courier, all of its own. */
export interface BullMqConnections {
  /** For sending: it fails at once while Redis is away. */
  readonly sending: Redis;
  /** For working, where BullMQ waits for Redis to come back. */
  readonly working: Redis;
  /** Ends them, and those that BullMQ has opened beside them, whatever state they are in. */
  readonly disconnect: () => void;
}

/** Opens the connections. They connect in the background, and again whenever they are lost. */
export function openConnections(options: BullMqSchedulerOptions): BullMqConnections {
  const sending = connect(options, { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  const working = connect(options, { maxRetriesPerRequest: null, enableOfflineQueue: true });
  const all = [sending, working];
  // BullMQ does not end those that wait for a Redis that is away, and they would keep the process alive.
  const duplicate = working.duplicate.bind(working);
  working.duplicate = (override) => {
    const beside = duplicate(override);
    all.push(beside);
    return beside;
  };
  return {
    sending,
    working,
    disconnect: () => all.filter(({ status }) => status !== 'end').forEach((one) => one.disconnect()),
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
