import { type Logger } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';

/** Events that a stream no longer keeps although a group has not read them: the group never gets them. */
export interface DroppedEvents {
  readonly group: string;
  /** The number of the stream. */
  readonly partition: number;
  /** How many were dropped since the last time that this was said. At least 1. */
  readonly count: number;
}

/** What a {@link DroppedEventsWatch} tells. */
export interface DroppedEventsListeners {
  readonly logger: Logger;
  readonly onDropped: ((dropped: DroppedEvents) => void) | undefined;
}

interface Outage {
  readonly partitions: Set<number>;
  total: number;
}

/**
 * Tells of events that a group loses: the listener each time, the log once when it begins and once when it is over, with
 * how many they were.
 */
export class DroppedEventsWatch {
  readonly #listeners: DroppedEventsListeners;
  /** By group. */
  readonly #outages = new Map<string, Outage>();

  constructor(listeners: DroppedEventsListeners) {
    this.#listeners = listeners;
  }

  /** Says how many events of a partition each group has lost at this look; those that are not named have lost none. */
  report(partition: number, lost: ReadonlyMap<string, number>): void {
    for (const [group, count] of lost) this.#dropped({ group, partition, count });
    for (const [group, outage] of this.#outages) {
      if (lost.has(group) || !outage.partitions.delete(partition) || outage.partitions.size > 0) continue;
      this.#outages.delete(group);
      this.#listeners.logger.info('no more events are dropped unread', { group, dropped: outage.total });
    }
  }

  /** Forgets a partition that is somebody else's to look at. */
  forget(partition: number): void {
    for (const [group, { partitions }] of this.#outages) {
      partitions.delete(partition);
      if (partitions.size === 0) this.#outages.delete(group);
    }
  }

  #dropped(dropped: DroppedEvents): void {
    const { group, partition, count } = dropped;
    const { logger, onDropped } = this.#listeners;
    const outage = this.#outages.get(group);
    if (!outage) {
      logger.error('events were dropped that a group had not read, see maxLength', {
        group,
        partition,
        dropped: count,
      });
    }
    this.#outages.set(group, {
      partitions: (outage?.partitions ?? new Set()).add(partition),
      total: (outage?.total ?? 0) + count,
    });
    try {
      onDropped?.(dropped);
    } catch (error) {
      logger.error('onDropped threw', { group, error: errorText(error) });
    }
  }
}
