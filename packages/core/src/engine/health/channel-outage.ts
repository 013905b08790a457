import type { Logger } from '../common/logger.ts';
import type { Clock } from '../time/clock.ts';
import type { Instant } from '../time/instant.ts';
import type { AlertChannel } from './alert-channel.ts';
import type { ClaimedAlert } from './alert-log.ts';

const MOST_KEYS = 5;

/** One log line when a channel fails and one when it works again, however often it is tried between. */
export class ChannelOutage {
  readonly #channel: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #outage: { readonly since: Instant; failures: number } | null = null;

  constructor(ports: { readonly channel: AlertChannel; readonly clock: Clock; readonly logger: Logger }) {
    this.#channel = ports.channel.name;
    this.#clock = ports.clock;
    this.#logger = ports.logger;
  }

  /** The channel took none of so many alerts. */
  failed(alerts: number, error: string, delayMs: number): void {
    const level = this.#outage ? 'debug' : 'warn';
    this.#outage ??= { since: this.#clock.now(), failures: 0 };
    this.#outage.failures += 1;
    this.#logger[level]('alerts cannot be delivered, trying again', {
      channel: this.#channel,
      alerts,
      delayMs,
      error,
    });
  }

  /** The channel took all that it was given. */
  ended(): void {
    if (!this.#outage) return;
    const { since, failures } = this.#outage;
    this.#outage = null;
    const fields = { channel: this.#channel, failures, outageMs: Math.max(0, this.#clock.now() - since) };
    this.#logger.info('alerts are delivered again', fields);
  }

  /** Alerts were tried for so long that nobody needs them any more. */
  givenUp(owed: readonly ClaimedAlert[], error: string): void {
    const keys = owed.slice(0, MOST_KEYS).map(({ alert }) => alert.key);
    const fields = { channel: this.#channel, alerts: owed.length, first: keys, error };
    this.#logger.error('alerts could not be delivered for a day, giving them up', fields);
  }
}
