import { redactSecrets } from './redact-secrets.ts';

const MOST_CHARACTERS = 2_000;
const MOST_ERRORS = 5;

/**
 * What an error says, as it may be stored, logged and told: without its stack and its causes, without secrets, without
 * the NUL characters that not every store can hold, and bounded in length. It never throws.
 *
 * @param most how many characters, at most. Default 2,000.
 */
export function errorText(error: unknown, most: number = MOST_CHARACTERS): string {
  return cut(redactSecrets(said(error).replaceAll('\0', '')), most);
}

function said(error: unknown): string {
  try {
    if (!(error instanceof Error)) return String(error);
    // What a failed connection to several addresses throws says nothing itself.
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
    .map((one: unknown) => (one instanceof Error ? one.message : String(one)))
    .join('; ');
}

/** No character is cut in two. */
function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
