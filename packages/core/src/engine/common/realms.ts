/**
 * Returns whether a value is a `Date`, also one of another realm: a test runner such as Jest has globals of its own, of
 * which `instanceof` knows nothing.
 */
export function isDate(value: unknown): value is Date {
  try {
    // For what is none, a thrown error would cost as much as all the other checks of a call.
    if (Object.prototype.toString.call(value) !== '[object Date]') return false;
    Date.prototype.getTime.call(value as Date);
    return true;
  } catch {
    return false;
  }
}

/** Returns whether a value is an `Error`, also one of another realm. */
export function isError(value: unknown): value is Error {
  if (value instanceof Error) return true;
  try {
    return Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    return false;
  }
}
