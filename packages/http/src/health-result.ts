import { isGamekeeperError, type HostHealth, type WithDates } from '@gamekeeper/core';
import { setTimeout } from 'node:timers/promises';

/** A host's health, or the code of the error. */
export type HealthResult =
  | { readonly health: WithDates<HostHealth>; readonly reason?: never }
  | { readonly health: null; readonly reason: string };

const NO_ANSWER = { health: null, reason: 'NO_ANSWER' } as const;

/**
 * Returns a function that reads the health of a host with a timeout. Concurrent calls share one read: any number of
 * requests cause one read of the store, even if it does not respond.
 */
export function healthReader(
  host: { health(): Promise<WithDates<HostHealth>> },
  timeoutMs: number,
): () => Promise<HealthResult> {
  let awaited: Promise<HealthResult> | undefined;
  return () => {
    awaited ??= Promise.race([ask(host), setTimeout(timeoutMs, NO_ANSWER, { ref: false })]).finally(
      () => (awaited = undefined),
    );
    return awaited;
  };
}

/** Return only the error code: the message may contain secrets. */
async function ask(host: { health(): Promise<WithDates<HostHealth>> }): Promise<HealthResult> {
  try {
    return { health: await host.health() };
  } catch (error) {
    return { health: null, reason: isGamekeeperError(error) ? error.code : 'UNKNOWN' };
  }
}
