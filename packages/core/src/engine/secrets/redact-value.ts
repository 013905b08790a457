import { isDate, isError } from '../common/realms.ts';
import { errorText } from './error-text.ts';
import { isPlural, isSecretName } from './secret-names.ts';
import { MASK } from './spans.ts';
import { redactSecrets } from './redact-secrets.ts';

const DEEPEST = 8;

/**
 * Returns a copy of a value in which every text is redacted by {@link redactSecrets} and every field with the name of
 * a secret is left out. Errors become their messages. Never throws.
 */
export function redactValue(value: unknown): unknown {
  return copy(value, DEEPEST);
}

function copy(value: unknown, deepest: number): unknown {
  if (typeof value === 'string') return redactSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  try {
    if (isError(value)) return errorText(value);
    if (deepest === 0) return MASK;
    if (Array.isArray(value)) return value.map((one) => copy(one, deepest - 1));
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return isDate(value) ? value : copy((value.toJSON as () => unknown)(), deepest - 1);
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, one]: readonly [string, unknown]) => [
        name,
        isSecret(name, one) ? MASK : copy(one, deepest - 1),
      ]),
    );
  } catch {
    return MASK;
  }
}

function isSecret(name: string, value: unknown): boolean {
  if (!isSecretName(name) || value === null || value === undefined || typeof value === 'boolean')
    return false;
  return !(typeof value === 'number' && isPlural(name));
}
