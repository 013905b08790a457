import { createHmac } from 'node:crypto';

/**
 * Returns the value of the header `Gamekeeper-Signature`: `t=1764000000,v1=5257a8…`. `t` is when it was sent, in
 * seconds since 1970; `v1` is the HMAC-SHA256 of `<t>.<body>` in hexadecimal digits.
 */
export function webhookSignature(secret: string, body: string, sentAtMs: number): string {
  const seconds = Math.floor(sentAtMs / 1_000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
