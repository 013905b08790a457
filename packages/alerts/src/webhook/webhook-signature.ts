import { InvalidOptionError, instant, type InstantLike } from '@gamekeeper/core';
import { hiddenValue } from '@gamekeeper/core/engine';
import { createHmac } from 'node:crypto';

/**
 * Returns the value of the header `Gamekeeper-Signature`: `t=1764000000,v1=5257a8…`. `t` is when it was sent, in
 * seconds since 1970; `v1` is the HMAC-SHA256 of `<t>.<body>` in hexadecimal digits.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError}
 */
export function webhookSignature(secret: string, body: string, sentAt: InstantLike): string {
  if (typeof secret !== 'string' || secret === '')
    throw new InvalidOptionError('secret', hiddenValue(secret), 'must be the secret of webhookAlerts');
  if (typeof body !== 'string')
    throw new InvalidOptionError('body', hiddenValue(body), 'must be the body of the request, as text');
  const seconds = Math.floor(instant(sentAt) / 1_000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
