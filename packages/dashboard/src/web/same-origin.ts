/**
 * Returns whether a page of ours sent a request that changes something. Browsers say where a request comes from in
 * `Sec-Fetch-Site`, or at least in `Origin`; no page can forge either. A request without both is refused: it does not
 * come from a form.
 *
 * @param allowedOrigins origins that are ours too, such as `https://admin.example.org` behind a proxy that changes
 *   `Host`
 */
export function isFromOurPage(request: Request, allowedOrigins: readonly string[]): boolean {
  const origin = request.headers.get('origin');
  if (origin !== null && allowedOrigins.includes(origin)) return true;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  return origin !== null && hostOf(origin) !== null && hostOf(origin) === requestedHost(request);
}

/** A proxy may change the scheme, so only name and port are compared. */
function requestedHost(request: Request): string | null {
  return request.headers.get('host')?.toLowerCase() ?? hostOf(request.url);
}

function hostOf(url: string): string | null {
  return URL.parse(url)?.host ?? null;
}
