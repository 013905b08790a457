import type { AbortSignalLike } from '../time/abort.ts';
import type { Alert } from './alert.ts';
import type { AlertDigest } from './alert-digest.ts';

/**
 * A destination of alerts: a log, a webhook, a mailbox.
 *
 * A channel only sends. Routing, retries and isolation from other channels are done by the caller. `send` throws if
 * the alert was not delivered; the error message is logged and stored, so it must not contain secrets (a URL with a
 * token, a password). If the destination limits the rate, the error has a number `retryAfterMs`: nothing is sent to
 * the channel before that, up to 6 hours.
 *
 * `alertChannelContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface AlertChannel {
  /** Its name in options, logs and the store; unique among the channels of a host. */
  readonly name: string;
  /**
   * Sends an alert, or many as one digest (`subject: 'digest'`) if more are pending than the route's `digestAbove`.
   * Both have a `key` and a `text`. The same message may be sent twice (after a crash between sending and recording
   * it): pass `alert.key` on if the destination can drop duplicates.
   *
   * @param signal aborts when the channel takes too long; the alert is then retried later
   */
  send(alert: Alert | AlertDigest, signal: AbortSignalLike): Promise<void>;
}
