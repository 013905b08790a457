/**
 * Waits for an answer of Redis, but no longer than so many milliseconds. What comes later is ignored.
 *
 * @param late makes the error that is thrown then
 */
export async function withTimeout<Result>(
  work: Promise<Result>,
  ms: number,
  late: (reason: string) => Error = (reason) => new Error(reason),
): Promise<Result> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
