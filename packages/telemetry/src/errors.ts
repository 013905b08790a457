import { isGamekeeperError } from '@gamekeeper/core';

/** What kind of error it is, in few values: the code of one of ours, the name of any other. */
export function errorType(error: unknown): string {
  if (isGamekeeperError(error)) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}
