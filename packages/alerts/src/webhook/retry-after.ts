/** Statuses at which a server may ask to be left alone for a while. */
const STATUSES = [429, 503];

/**
 * For how long a server asks to be left alone, by its header `Retry-After`: seconds, or a date, which is read by the server's own
 * clock where the answer shows it. Milliseconds; `null` where it does not ask.
 *
 * @param nowMs this machine's clock
 */
export function retryAfterMs(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  nowMs: number,
): number | null {
  const asked = headers.get('retry-after')?.trim();
  if (asked === undefined || !STATUSES.includes(status)) return null;
  if (/^\d{1,10}$/.test(asked)) return positive(Number(asked) * 1_000);
  const sentAt = Date.parse(headers.get('date') ?? '');
  return positive(Date.parse(asked) - (Number.isNaN(sentAt) ? nowMs : sentAt));
}

function positive(ms: number): number | null {
  return ms > 0 ? ms : null;
}
