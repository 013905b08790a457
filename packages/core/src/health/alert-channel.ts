import type { AbortSignalLike } from '../time/abort.ts';
import type { Alert } from './alert.ts';

/**
 * A way to reach people: a log, a webhook, a mailbox.
 *
 * Which alerts it is given, how often it is tried again and that one channel never holds up another is not its
 * business. It throws when it could not hand the alert over; the message must not hold secrets (a URL with a token in
 * it, a password), because it is logged and kept.
 */
export interface AlertChannel {
  /** Names it in options, logs and the store; no two channels of a host share one. */
  readonly name: string;
  /**
   * Hands an alert over. The same alert may come twice (after a crash between sending and noting it): pass `alert.key`
   * on where the other side can drop duplicates.
   *
   * @param signal aborts when the channel takes too long; the alert is then tried again later
   */
  send(alert: Alert, signal: AbortSignalLike): Promise<void>;
}
