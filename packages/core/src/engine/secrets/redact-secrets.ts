import { assignedSecrets, elementSecrets, optionSecrets } from './assignments.ts';
import { withoutKnownShapes } from './known-shapes.ts';
import { masked } from './spans.ts';
import { loginSecrets, urlSecrets } from './urls.ts';

/**
 * Returns a text with `…` in place of every secret that can be told by its place or its look: logins in URLs, values of
 * what is called a password, a token, a key or a cookie (in connection strings, JSON, headers, queries, SQL, XML and
 * options of commands), private keys, and keys of well-known services. Hosts, databases, names of tables, error codes and ids stay.
 *
 * Errors of drivers and of jobs' own code quote such things. A secret that stands alone in a sentence is not known from
 * any other word. Takes time linear in the text's length; masking twice changes nothing.
 *
 * @example
 * withoutSecrets('connect postgres://game:s3cret@db:5432/game failed'); // 'connect postgres://…@db:5432/game failed'
 */
export function redactSecrets(text: string): string {
  let rest = withoutKnownShapes(text);
  for (const find of [urlSecrets, assignedSecrets, elementSecrets, optionSecrets, loginSecrets]) {
    rest = masked(rest, find(rest));
  }
  return rest;
}
