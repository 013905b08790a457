/** Statuses with which a server may send `Retry-After`. */
const STATUSES = [429, 503];

/**
 * Returns how long to wait according to the header `Retry-After`: seconds, or a date, which is compared with the
 * server's own clock if the response has a `Date` header. Milliseconds; `null` without the header.
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
