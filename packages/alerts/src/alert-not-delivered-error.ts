import { GamekeeperError } from '@gamekeeper/core';

/**
 * Thrown when a channel could not deliver an alert; core retries it. The message has statuses and codes only: URLs,
 * response bodies and causes may hold secrets, and the message is logged and stored.
 */
export class AlertNotDeliveredError extends GamekeeperError<'ALERT_NOT_DELIVERED'> {
  /** `Retry-After` of the response. Milliseconds; `null` if absent. */
  readonly retryAfterMs: number | null;

  constructor(channel: string, problem: string, retryAfterMs: number | null = null) {
    super('ALERT_NOT_DELIVERED', `The channel "${channel}" could not deliver an alert: ${problem}.`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Returns the code of an error, such as `ECONNREFUSED`, or `null`. A code repeats nothing that was sent. */
export function codeOf(failure: unknown): string | null {
  if (typeof failure !== 'object' || failure === null) return null;
  const { code, cause } = failure as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === 'string' && /^[A-Z][A-Z\d_]{2,59}$/.test(code)) return code;
  return codeOf(cause);
}
