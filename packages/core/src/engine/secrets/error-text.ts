import { isError } from '../common/realms.ts';
import { redactSecrets } from './redact-secrets.ts';

const MOST_CHARACTERS = 2_000;
const MOST_ERRORS = 5;

/**
 * Returns the error's message for storage, logs and alerts: without stack and causes, secrets redacted, NUL characters
 * removed (not every store can keep them), length limited. Never throws.
 *
 * @param most maximum number of characters, default 2,000
 */
export function errorText(error: unknown, most: number = MOST_CHARACTERS): string {
  return cut(redactSecrets(said(error).replaceAll('\0', '')), most);
}

function said(error: unknown): string {
  try {
    if (!isError(error)) return String(error);
    // The error of a failed connection to several addresses has an empty message; its details are in `errors`.
    return error.message || saidByErrors(error) || error.name;
  } catch {
    return 'an error that cannot be read';
  }
}

function saidByErrors(error: Error): string {
  const { errors } = error as { readonly errors?: unknown };
  if (!Array.isArray(errors)) return '';
  return errors
    .slice(0, MOST_ERRORS)
    .map((one: unknown) => (isError(one) ? one.message : String(one)))
    .join('; ');
}

/** Does not split a surrogate pair. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
