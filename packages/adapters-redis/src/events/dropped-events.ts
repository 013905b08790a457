import { type Logger } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';

/** Events that were removed from a stream before a group had read them. The group never gets them. */
export interface DroppedEvents {
  readonly group: string;
  /** The number of the stream. */
  readonly partition: number;
  /** How many were dropped since the last report. At least 1. */
  readonly count: number;
}

/** The listeners of a {@link DroppedEventsWatch}. */
export interface DroppedEventsListeners {
  readonly logger: Logger;
  readonly onDropped: ((dropped: DroppedEvents) => void) | undefined;
}

interface Outage {
  readonly partitions: Set<number>;
  total: number;
}

/**
 * Reports events that a group has lost: to the listener each time, to the log once at the start and once at the end
 * with their total.
 */
export class DroppedEventsWatch {
  readonly #listeners: DroppedEventsListeners;
  /** By group. */
  readonly #outages = new Map<string, Outage>();

  constructor(listeners: DroppedEventsListeners) {
    this.#listeners = listeners;
  }

  /**
   * Reports how many events of a partition each group has lost since the last report. Groups that are not listed have
   * lost none.
   */
  report(partition: number, lost: ReadonlyMap<string, number>): void {
    for (const [group, count] of lost) this.#dropped({ group, partition, count });
    for (const [group, outage] of this.#outages) {
      if (lost.has(group) || !outage.partitions.delete(partition) || outage.partitions.size > 0) continue;
      this.#outages.delete(group);
      this.#listeners.logger.info('no more unread events are dropped', { group, dropped: outage.total });
    }
  }

  /** Forgets a partition that another consumer reads now. */
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
      logger.error('stream trimmed before the group had read all events; raise maxLength or add consumers', {
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
