/** A value that survives a round trip through JSON. Checkpoints and event payloads are such values. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** No value of a job is nested this deep; a value that contains itself is. */
const MOST_NESTED = 100;

/**
 * Returns whether every store returns a value unchanged: numbers are finite, text is well-formed and without NUL
 * characters, and objects have no class of their own. Fields without a value count as left out.
 */
export function isStorableJson(value: unknown, depth = 0): value is Json {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value !== 'object' || depth > MOST_NESTED) return false;
  if (Array.isArray(value)) return value.every((item) => isStorableJson(item, depth + 1));
  return (
    isPlain(value) &&
    Object.entries(value).every(
      ([name, field]) => isStorableText(name) && (field === undefined || isStorableJson(field, depth + 1)),
    )
  );
}

/** Returns whether every store keeps text: well-formed, and without NUL characters. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** Also for an object of another realm, which has a prototype of its own. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
