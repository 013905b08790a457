/**
 * Rejects if `work` takes longer than `ms`; a later result is ignored.
 *
 * @param late returns the error for the timeout
 */
export async function withTimeout<Result>(
  work: Promise<Result>,
  ms: number,
  late: (reason: string) => Error = (reason) => new Error(reason),
): Promise<Result> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late(`no response within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
