import { isGamekeeperError } from '@gamekeeper/core';

/**
 * Returns the type of an error for a metric, with few distinct values: the code of a Gamekeeper error, otherwise the
 * name.
 */
export function errorType(error: unknown): string {
  if (isGamekeeperError(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}
