import type { Logger } from '../common/logger.ts';
import type { Clock } from '../time/clock.ts';
import type { AlertLog } from './alert-log.ts';
import { DIGEST_ABOVE, type AlertRoute } from './alert-routes.ts';
import { ChannelDelivery } from './channel-delivery.ts';

/** Delivers pending alerts to their channels, each independently, so that none blocks another. */
export class AlertDelivery {
  readonly #channels: ReadonlyMap<string, ChannelDelivery>;

  constructor({
    routes,
    ...ports
  }: {
    readonly alertLog: AlertLog;
    readonly routes: readonly Pick<AlertRoute, 'channel' | 'digestAbove'>[];
    readonly clock: Clock;
    readonly logger: Logger;
    /** Numbers in [0, 1) that spread retries. */
    readonly random: () => number;
  }) {
    this.#channels = new Map(
      routes.map(({ channel, digestAbove = DIGEST_ABOVE }) => [
        channel.name,
        new ChannelDelivery({ ...ports, channel, digestAbove }),
      ]),
    );
  }

  /** The names of the channels. */
  get channels(): readonly string[] {
    return [...this.#channels.keys()];
  }

  /** Delivers all pending alerts. */
  async deliver(): Promise<void> {
    const each = this.channels.map((channel) => this.deliverTo(channel));
    const failed = (await Promise.allSettled(each)).find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** Delivers a channel's pending alerts. Failed ones are retried later by any instance. */
  async deliverTo(channel: string): Promise<void> {
    await this.#channels.get(channel)?.deliver();
  }
}
