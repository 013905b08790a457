import { HarmlessTexts } from './harmless-texts.ts';

/**
 * Endings of names of secrets, in lower case and without separators: `PGPASSWORD`, `clientSecret`, `refresh_token`.
 */
const ENDS =
  /(?:passw(?:or)?d|pwd|passphrase|passcode|secret|token|credential|authorization|cookie|jwt|jsessionid|phpsessid|connectsid|requirepass|(?:api|access|secret|private|signing|signature|encryption|account|shared|master|auth|session|service|storage|licen[sc]e|webhook|deploy|hmac|ssh|aes|rsa|sas|stripe|sendgrid|mailgun|twilio|openai)key)s?$/;

/** Whole names that are too short to be matched as an ending; otherwise `bypass` and `compass` would match. */
const WHOLE_WORDS = /^(?:(?:smtp|db|my|mysql|pg|redis|mail|user|ftp|ssh|root|admin)?pass|pw|passwd)$/;

/** Words that may follow the name of a secret: `password_value`, `tokenHash`, `secret2`. */
const SUFFIXES = /^(?:\d+|value|text|plain|plaintext|raw|hash|old|new|current|encoded|base64|b64)$/;

/** Names that denote a secret only in the query of a URL. */
const IN_QUERIES =
  /^(?:key|sig|signature|code|auth|sid|hmac|x-amz-(?:signature|credential|security-token))$/i;

const harmless = new HarmlessTexts();

/** Returns whether a name is that of a secret: `DB_PASSWORD`, `accessToken`, `x-api-key`, but not `token_type`. */
export function isSecretName(name: string): boolean {
  if (harmless.has(name)) return false;
  const isSecret = isNamedAsSecret(name);
  if (!isSecret) harmless.add(name);
  return isSecret;
}

function isNamedAsSecret(name: string): boolean {
  if (/^[_-]*_auth$/i.test(name)) return true;
  const words = wordsOf(name);
  while (words.length > 1 && SUFFIXES.test(words.at(-1)!)) words.pop();
  return WHOLE_WORDS.test(words.at(-1) ?? '') || ENDS.test(words.join(''));
}

/** Returns whether a parameter in the query of a URL has the name of a secret. */
export function isSecretParameter(name: string): boolean {
  return IN_QUERIES.test(name) || isSecretName(name);
}

/** Returns whether a name is a plural; its value may be a count: `tokens: 512`. */
export function isPlural(name: string): boolean {
  return /[a-z]s$/i.test(name);
}

/** Returns whether a header's value may contain spaces and extends to the end of its line. */
export function isWholeLine(name: string): boolean {
  return /(?:authorization|cookie)$/i.test(name);
}

/** Returns the words of a name in lower case, whichever way they are joined. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])(?=[A-Z])|([A-Za-z])(?=\d+$)|([A-Z])(?=[A-Z][a-z])/g, '$1$2$3 ')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}
