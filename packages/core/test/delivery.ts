import { VirtualClock, memoryStore, type MemoryStore } from '@gamekeeper/testkit';
import type { DomainEvent } from '../src/engine/events/domain-event.ts';
import { EventRelay, type RelayPorts } from '../src/engine/events/event-relay.ts';
import type { OutboxLag } from '../src/engine/events/outbox-partitions.ts';
import type { Logger } from '../src/engine/common/logger.ts';

const start = '2026-11-24T12:00:00Z';
export const nothingWaits: OutboxLag = { pending: 0, oldestAgeMs: null, oldestWaitMs: null };

/** A store, a bus that keeps what it is given, and relays between them. */
export class Delivery {
  readonly clock = new VirtualClock(start);
  readonly store: MemoryStore = memoryStore(this.clock);
  readonly delivered: DomainEvent[] = [];
  readonly lines: string[] = [];
  readonly logger: Logger = {
    debug: () => undefined,
    info: (line) => void this.lines.push(`info ${line}`),
    warn: (line) => void this.lines.push(`warn ${line}`),
    error: (line) => void this.lines.push(`error ${line}`),
  };
  #written = 0;

  relay(ports: Partial<RelayPorts> = {}): EventRelay {
    return new EventRelay({
      partitions: this.store.outboxPartitions,
      bus: { publish: async (events) => void this.delivered.push(...events) },
      clock: this.clock,
      logger: this.logger,
      instanceId: 'relay',
      random: () => 0,
      batchSize: 3,
      pollIntervalMs: 500,
      ...ports,
    });
  }

  async write(...players: readonly string[]): Promise<void> {
    const events = players.map((player) => {
      const number = (this.#written += 1);
      return {
        type: 'Told',
        key: `Told:${number}`,
        occurredAt: this.clock.now(),
        payload: { userId: player },
      };
    });
    await this.store.transactions.run((tx) => this.store.outbox.append(tx, events));
  }

  get keys(): readonly string[] {
    return this.delivered.map(({ key }) => key);
  }
}
