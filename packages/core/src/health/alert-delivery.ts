import { backoffMs } from '../jobs/backoff.ts';
import { errorText } from '../secrets/error-text.ts';
import type { Logger } from '../logger.ts';
import { answerWithin, type Clock } from '../time/clock.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../time/instant.ts';
import type { AlertChannel } from './alert-channel.ts';
import type { AlertLog, AlertOutcome, OwedAlert } from './alert-log.ts';

const AT_ONCE = 20;
/** How long a channel may take over one alert. */
const SEND_WITHIN_MS = 20 * SECOND_MS;
/** For how long an alert is one instance's: longer than a channel may take. */
const LEASE_MS = MINUTE_MS;
const RETRY = { firstDelayMs: 10 * SECOND_MS, maxDelayMs: 15 * MINUTE_MS };
/** News of yesterday helps nobody. */
const GIVE_UP_AFTER_MS = DAY_MS;

/** Hands alerts that are owed over to their channels: each on its own, so that none holds up another. */
export class AlertDelivery {
  readonly #alertLog: AlertLog;
  readonly #channels: ReadonlyMap<string, AlertChannel>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #random: () => number;

  constructor(ports: {
    readonly alertLog: AlertLog;
    readonly channels: readonly AlertChannel[];
    readonly clock: Clock;
    readonly logger: Logger;
    /** Numbers in [0, 1) that spread retries. */
    readonly random: () => number;
  }) {
    this.#alertLog = ports.alertLog;
    this.#channels = new Map(ports.channels.map((channel) => [channel.name, channel]));
    this.#clock = ports.clock;
    this.#logger = ports.logger;
    this.#random = ports.random;
  }

  /** The names of the channels. */
  get channels(): readonly string[] {
    return [...this.#channels.keys()];
  }

  /** Hands over whatever is owed now. */
  async deliver(): Promise<void> {
    const each = this.channels.map((channel) => this.deliverTo(channel));
    const failed = (await Promise.allSettled(each)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Hands over what is owed to a channel. One that fails is tried again later, by whichever instance comes first. */
  async deliverTo(channel: string): Promise<void> {
    for (;;) {
      const owed = await this.#alertLog.claim({ channels: [channel], leaseMs: LEASE_MS, limit: AT_ONCE });
      if (owed.length === 0) return;
      await Promise.all(owed.map(async (one) => this.#alertLog.settle(one, await this.#tell(one))));
    }
  }

  async #tell(owed: OwedAlert): Promise<AlertOutcome> {
    const { alert, attempt, channel } = owed;
    try {
      await answerWithin(this.#clock, SEND_WITHIN_MS, (signal) =>
        this.#channels.get(channel)!.send(alert, signal),
      );
      return { kind: 'delivered' };
    } catch (reason) {
      const error = errorText(reason);
      const fields = { channel, alert: alert.key, attempt, error };
      if (this.#clock.now() - alert.raisedAt > GIVE_UP_AFTER_MS) {
        this.#logger.error('alert could not be delivered for a day, giving it up', fields);
        return { kind: 'given-up', error };
      }
      const retryInMs = backoffMs(RETRY, attempt + 1, this.#random());
      this.#logger.warn('alert could not be delivered, trying again', { ...fields, delayMs: retryInMs });
      return { kind: 'failed', error, retryInMs };
    }
  }
}
