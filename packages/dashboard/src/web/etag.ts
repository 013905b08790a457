import { createHash } from 'node:crypto';

/** Returns the tag of a body. */
export function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
}

/** Returns whether a request already has the body with this tag. A proxy that compresses makes the tag weak. */
export function hasBody(request: Request, etag: string): boolean {
  const known = request.headers.get('if-none-match');
  return known !== null && known.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
