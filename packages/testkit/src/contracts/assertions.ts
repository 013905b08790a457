import { isDate } from '@gamekeeper/core/engine';
import { deepStrictEqual } from 'node:assert';
import { isMap, isSet } from 'node:util/types';

export { equal, notEqual, ok, rejects, throws } from 'node:assert/strict';

/**
 * Asserts that two values have the same structure. Plain objects, lists, maps, sets and dates are compared by what they
 * hold, not by their prototypes: those of an adapter under test may be of another realm, such as Jest's sandbox.
 */
export function deepEqual<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  deepStrictEqual(ofThisRealm(actual), ofThisRealm(expected), message);
}

function ofThisRealm(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Not map, which keeps the realm of a list.
  if (Array.isArray(value)) return Array.from(value, ofThisRealm);
  if (isDate(value)) return new Date(value.getTime());
  if (isMap(value)) return new Map(Array.from(value, ([key, item]) => [ofThisRealm(key), ofThisRealm(item)]));
  if (isSet(value)) return new Set(Array.from(value, ofThisRealm));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Reflect.ownKeys(value).map((key) => [key, ofThisRealm(Reflect.get(value, key))]));
}

/** Whether an object was written as a literal, in whatever realm. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}
