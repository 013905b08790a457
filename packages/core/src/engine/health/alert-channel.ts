import type { AbortSignalLike } from '../time/abort.ts';
import type { Alert } from './alert.ts';
import type { AlertDigest } from './alert-digest.ts';

/**
 * A way to reach people: a log, a webhook, a mailbox.
 *
 * Which alerts it is given, how often it is tried again and that one channel never holds up another is not its
 * business. It throws when it could not hand the alert over; the message is logged and kept, so it should not hold secrets (a URL
 * with a token in it, a password). Where the other side asks to be left alone for a while, the error has a number
 * `retryAfterMs`: nothing is sent to the channel before that, up to 6 hours.
 *
 * `alertChannelContract` in `@gamekeeper/testkit` is this contract as test cases.
 */
export interface AlertChannel {
  /** Names it in options, logs and the store; no two channels of a host share one. */
  readonly name: string;
  /**
   * Hands an alert over, or many as one digest (`subject: 'digest'`), where more were owed at one look than the route's
   * `digestAbove`. Both have a `key` and a `text`. The same one may come twice (after a crash between sending and noting it):
   * pass `alert.key` on where the other side can drop duplicates.
   *
   * @param signal aborts when the channel takes too long; the alert is then tried again later
   */
  send(alert: Alert | AlertDigest, signal: AbortSignalLike): Promise<void>;
}
