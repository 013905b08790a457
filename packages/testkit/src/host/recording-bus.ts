import type { DomainEvent, EventBus, PublishOptions } from '@gamekeeper/core';

/** Returns a bus that appends what it has delivered to `events`, and calls `onFailure` when a delivery fails. */
export function recordingBus(bus: EventBus, events: DomainEvent[], onFailure: () => void): EventBus {
  return {
    publish: async (batch, options: PublishOptions = {}) => {
      let recorded = 0;
      const record = (delivered: number): void => {
        events.push(...batch.slice(recorded, delivered));
        recorded = Math.max(recorded, delivered);
      };
      const onDelivered = (delivered: number): void => {
        record(delivered);
        options.onDelivered?.(delivered);
      };
      try {
        await bus.publish(batch, { ...options, onDelivered });
      } catch (error) {
        onFailure();
        throw error;
      }
      record(batch.length);
    },
  };
}
