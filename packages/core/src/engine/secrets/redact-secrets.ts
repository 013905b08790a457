import { assignedSecrets, elementSecrets, optionSecrets } from './assignments.ts';
import { HarmlessTexts } from './harmless-texts.ts';
import { withoutKnownShapes } from './known-shapes.ts';
import { masked } from './spans.ts';
import { loginSecrets, urlSecrets } from './urls.ts';

const harmless = new HarmlessTexts();

/**
 * Returns a text with `…` in place of every secret that can be recognised by its position or format: logins in URLs;
 * values named password, token, key, cookie and so on (in connection strings, JSON, headers, queries, SQL, XML and
 * command-line options); private keys; keys of well-known services. Hosts, databases, table names, error codes and ids
 * stay.
 *
 * Errors of drivers and of jobs' own code quote such values. A secret that stands alone in a sentence cannot be
 * distinguished from other words. Takes time linear in the text's length; redacting twice changes nothing.
 *
 * @example
 * redactSecrets('connect postgres://game:s3cret@db:5432/game failed'); // 'connect postgres://…@db:5432/game failed'
 */
export function redactSecrets(text: string): string {
  if (harmless.has(text)) return text;
  let rest = withoutKnownShapes(text);
  for (const find of [urlSecrets, elementSecrets, assignedSecrets, optionSecrets, loginSecrets]) {
    rest = masked(rest, find(rest));
  }
  if (rest === text) harmless.add(text);
  return rest;
}
