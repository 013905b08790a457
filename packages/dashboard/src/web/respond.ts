import { document, type Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { etagOf, hasBody } from './etag.ts';
import { securityHeaders } from './headers.ts';

/** Returns a page as a response. */
export function pageResponse(links: Links, page: Page, status = 200): Response {
  return htmlResponse(document(links, page), status);
}

/** A page that many may share. */
export interface SharedPage {
  readonly body: string;
  readonly etag: string;
  /** How often it is read again while it is open. Milliseconds; `null`: never. */
  readonly refreshMs: number | null;
}

/** Returns a page that many may share: 304 if the sender already has it. */
export function sharedPageResponse(request: Request, { body, etag }: SharedPage): Response {
  const headers = { ...securityHeaders, etag };
  if (hasBody(request, etag)) return new Response(null, { status: 304, headers });
  return htmlResponse(body, 200, { etag });
}

/** Returns a response that sends a browser to another page with GET. */
export function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { ...securityHeaders, location } });
}

/** Returns a file that pages load. */
export function assetResponse(
  request: Request,
  { type, body }: { readonly type: string; readonly body: string },
): Response {
  const etag = etagOf(body);
  const headers = { ...securityHeaders, etag, 'content-type': type };
  if (hasBody(request, etag)) return new Response(null, { status: 304, headers });
  return new Response(body, { headers });
}

function htmlResponse(body: string, status: number, more: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...securityHeaders, 'content-type': 'text/html; charset=utf-8', ...more },
  });
}
