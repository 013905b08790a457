import { isGamekeeperError, type HostHealth, type WithDates } from '@gamekeeper/core';
import { setTimeout } from 'node:timers/promises';

/** A host's health, or the code of what kept it from telling. */
export type HealthResult =
  | { readonly health: WithDates<HostHealth>; readonly reason?: never }
  | { readonly health: null; readonly reason: string };

const NO_ANSWER = { health: null, reason: 'NO_ANSWER' } as const;

/**
 * Asks a host for its health, and for no longer than a time. Whoever asks while an answer is awaited waits for the same
 * one: any number of requests are one question to the store, also to one that does not answer.
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

/** What went wrong is told by its code only: the message of an error may hold what strangers must not see. */
async function ask(host: { health(): Promise<WithDates<HostHealth>> }): Promise<HealthResult> {
  try {
    return { health: await host.health() };
  } catch (error) {
    return { health: null, reason: isGamekeeperError(error) ? error.code : 'UNKNOWN' };
  }
}
