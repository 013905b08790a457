import { backoffMs } from '../jobs/backoff.ts';
import type { Logger } from '../common/logger.ts';
import { errorText } from '../secrets/error-text.ts';
import { withTimeout, type Clock } from '../time/clock.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, addMs, type Instant } from '../time/instant.ts';
import type { Alert } from './alert.ts';
import type { AlertChannel } from './alert-channel.ts';
import { digestOf, type AlertDigest } from './alert-digest.ts';
import type { AlertLog, ClaimedAlert } from './alert-log.ts';
import { Outage } from './outage.ts';

/** Maximum number of alerts that are sent concurrently as single messages. */
const AT_ONCE = 20;
const MOST_IN_DIGEST = 1_000;
/** How many keys of given-up alerts are logged. */
const MOST_KEYS = 5;
/** How long a channel may take for one alert or digest. */
const SEND_TIMEOUT_MS = 20 * SECOND_MS;
/** The lease of a claimed alert: longer than a channel may take for two messages in a row. */
const LEASE_MS = MINUTE_MS;
const RETRY = { initialDelayMs: 10 * SECOND_MS, maxDelayMs: 15 * MINUTE_MS };
/** Alerts that are older than a day are no longer useful. */
const GIVE_UP_AFTER_MS = DAY_MS;
/** The maximum `retryAfterMs` of a channel. */
const MAX_RETRY_AFTER_MS = 6 * HOUR_MS;

/** The collaborators of a channel's delivery. */
export interface ChannelPorts {
  readonly alertLog: AlertLog;
  readonly channel: AlertChannel;
  /** If more alerts than this are pending, they become a digest; `null`: never. */
  readonly digestAbove: number | null;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

interface Failure {
  readonly error: string;
  /** The channel's `retryAfterMs`; `null` if it gave none. */
  readonly retryAfterMs: number | null;
}

/** Delivers the pending alerts of one channel: few as single messages, more as one digest. */
export class ChannelDelivery {
  readonly #ports: ChannelPorts;
  readonly #outage: Outage;
  /** The interval in which the channel must receive nothing (`retryAfterMs`). */
  #silence: { readonly from: Instant; readonly until: Instant } | null = null;
  /**
   * Whether the channel accepts digests. After a failed digest, a single alert is sent first: an outage then costs one
   * message at a time, and a channel that accepts alerts but no digests still receives alerts.
   */
  #digests: 'taken' | 'doubted' | 'refused' = 'taken';

  constructor(ports: ChannelPorts) {
    this.#ports = ports;
    this.#outage = new Outage(
      {
        name: 'alert-channel',
        operations: ['deliver'],
        startMessage: 'alerts cannot be delivered, trying again',
        endMessage: 'alerts are delivered again',
        fields: { channel: ports.channel.name },
        level: 'warn',
      },
      ports,
    );
  }

  /** Delivers what is pending now. Failed alerts are retried later by any instance. */
  async deliver(): Promise<void> {
    if (this.#isSilent()) return;
    for (;;) {
      const owed = await this.#claim();
      if (owed.length === 0) break;
      const failure = this.#isForDigest(owed) ? await this.#tellAtOnce(owed) : await this.#tellEach(owed);
      if (failure) {
        await this.#putOffRest(failure);
        break;
      }
    }
    if (this.#digests === 'refused') this.#digests = 'doubted';
  }

  #claim(): Promise<readonly ClaimedAlert[]> {
    const { alertLog, channel, digestAbove } = this.#ports;
    const limit = digestAbove === null || this.#digests === 'refused' ? AT_ONCE : MOST_IN_DIGEST;
    return alertLog.claim({ channels: [channel.name], leaseMs: LEASE_MS, limit });
  }

  #isForDigest(owed: readonly ClaimedAlert[]): boolean {
    const { digestAbove } = this.#ports;
    return digestAbove !== null && owed.length > digestAbove && this.#digests !== 'refused';
  }

  /**
   * Sends each alert as a single message. Returns a failure if the channel accepted none of them, or gave
   * `retryAfterMs`.
   */
  async #tellEach(owed: readonly ClaimedAlert[]): Promise<Failure | null> {
    const outcomes = await Promise.all(
      owed.map(async (one) => ({ one, failure: await this.#send(one.alert) })),
    );
    const failed = outcomes.flatMap(({ one, failure }) => (failure ? [{ one, failure }] : []));
    await this.#delivered(outcomes.flatMap(({ one, failure }) => (failure ? [] : [one])));
    for (const { one, failure } of failed) await this.#failed([one], failure);
    const [first] = failed;
    if (!first) {
      this.#outage.succeeded('deliver');
      return null;
    }
    this.#noteOutage(failed.length, first.failure, this.#retryInMs([first.one], first.failure));
    const silence = failed.find(({ failure }) => failure.retryAfterMs !== null);
    return silence?.failure ?? (failed.length === owed.length ? first.failure : null);
  }

  /** Sends all alerts as one digest. Returns a failure if nothing more should be tried now. */
  async #tellAtOnce(owed: readonly ClaimedAlert[]): Promise<Failure | null> {
    const [first, rest] = this.#digests === 'doubted' ? this.#oneOf(owed) : [null, owed];
    if (first) {
      const failure = await this.#send(first.alert);
      if (failure) return this.#allFailed(owed, failure);
      await this.#delivered([first]);
    }
    const failure = await this.#send(digestOf(rest.map(({ alert }) => alert)));
    if (!failure) {
      this.#digests = 'taken';
      await this.#delivered(rest);
      this.#outage.succeeded('deliver');
      return null;
    }
    if (!first || failure.retryAfterMs !== null) {
      if (failure.retryAfterMs === null) this.#digests = 'doubted';
      return this.#allFailed(rest, failure);
    }
    this.#digests = 'refused';
    await this.#ports.alertLog.complete(rest, { kind: 'failed', error: failure.error, retryInMs: 0 });
    return null;
  }

  /** Picks one alert at random: an alert that the channel never accepts must not block the others forever. */
  #oneOf(owed: readonly ClaimedAlert[]): readonly [ClaimedAlert, readonly ClaimedAlert[]] {
    const chosen = owed[Math.floor(this.#ports.random() * owed.length)]!;
    return [chosen, owed.filter((one) => one !== chosen)];
  }

  async #allFailed(owed: readonly ClaimedAlert[], failure: Failure): Promise<Failure> {
    await this.#failed(owed, failure);
    this.#noteOutage(owed.length, failure, this.#retryInMs(owed, failure));
    return failure;
  }

  /**
   * Postpones all other pending deliveries without an attempt. This is recorded in the store, so that no other instance
   * attempts them either.
   */
  async #putOffRest(failure: Failure): Promise<void> {
    const now = this.#ports.clock.now();
    if (failure.retryAfterMs !== null) this.#silence = { from: now, until: addMs(now, failure.retryAfterMs) };
    for (let rest = await this.#claim(); rest.length > 0; rest = await this.#claim()) {
      await this.#failed(rest, failure);
    }
  }

  #isSilent(): boolean {
    const now = this.#ports.clock.now();
    // A clock that was moved back must not extend the wait.
    return this.#silence !== null && this.#silence.from <= now && now < this.#silence.until;
  }

  async #send(message: Alert | AlertDigest): Promise<Failure | null> {
    const { clock, channel } = this.#ports;
    try {
      await withTimeout(clock, SEND_TIMEOUT_MS, (signal) => channel.send(message, signal));
      return null;
    } catch (reason) {
      return { error: errorText(reason), retryAfterMs: retryAfterOf(reason) };
    }
  }

  async #delivered(owed: readonly ClaimedAlert[]): Promise<void> {
    if (owed.length > 0) await this.#ports.alertLog.complete(owed, { kind: 'delivered' });
  }

  async #failed(owed: readonly ClaimedAlert[], failure: Failure): Promise<void> {
    const { alertLog, clock } = this.#ports;
    const { error } = failure;
    const isOld = ({ alert }: ClaimedAlert): boolean => clock.now() - alert.raisedAt > GIVE_UP_AFTER_MS;
    const old = owed.filter(isOld);
    const rest = owed.filter((one) => !isOld(one));
    if (old.length > 0) {
      await alertLog.complete(old, { kind: 'given-up', error });
      const { logger, channel } = this.#ports;
      const first = old.slice(0, MOST_KEYS).map(({ alert }) => alert.key);
      const fields = { channel: channel.name, alerts: old.length, first, error };
      logger.error('alerts were not delivered within a day and are discarded', fields);
    }
    if (rest.length > 0) {
      await alertLog.complete(rest, { kind: 'failed', error, retryInMs: this.#retryInMs(rest, failure) });
    }
  }

  #noteOutage(alerts: number, { error }: Failure, delayMs: number): void {
    this.#outage.failed('deliver', error, { alerts, delayMs });
  }

  #retryInMs(owed: readonly ClaimedAlert[], { retryAfterMs }: Failure): number {
    const attempt = Math.max(...owed.map((one) => one.attempt));
    return retryAfterMs ?? backoffMs(RETRY, attempt + 1, this.#ports.random());
  }
}

/** Returns how long a channel must receive nothing: `retryAfterMs` of the error, or `null`. */
function retryAfterOf(reason: unknown): number | null {
  const { retryAfterMs } = (reason ?? {}) as { readonly retryAfterMs?: unknown };
  if (typeof retryAfterMs !== 'number' || !(retryAfterMs > 0)) return null;
  return Math.min(Math.ceil(retryAfterMs), MAX_RETRY_AFTER_MS);
}
