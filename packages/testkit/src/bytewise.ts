/** Orders text by its UTF-8 bytes, as PostgreSQL's collation "C" does; JavaScript's own order is by UTF-16 units. */
export function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
