import { GamekeeperError } from '@gamekeeper/core';

/**
 * A channel could not hand an alert over; core tries it again later. The message names statuses and codes only: URLs,
 * answers and causes may hold secrets, and this is logged and kept.
 */
export class AlertNotDeliveredError extends GamekeeperError<'ALERT_NOT_DELIVERED'> {
  /** How long the other side asks to be left alone. Milliseconds; `null` where it does not ask. */
  readonly retryAfterMs: number | null;

  constructor(channel: string, problem: string, retryAfterMs: number | null = null) {
    super('ALERT_NOT_DELIVERED', `The channel "${channel}" did not hand over an alert: ${problem}.`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** What can be told of a failure without repeating what was sent: its code, such as `ECONNREFUSED`, or `null`. */
export function codeOf(failure: unknown): string | null {
  if (typeof failure !== 'object' || failure === null) return null;
  const { code, cause } = failure as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z\d_]{2,59}$/.test(code)) return code;
  return codeOf(cause);
}
