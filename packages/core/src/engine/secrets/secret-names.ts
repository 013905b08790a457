/** What names of secrets end in once case and separators are gone: `PGPASSWORD`, `clientSecret`, `refresh_token`. */
const ENDS =
  /(?:passw(?:or)?d|pwd|passphrase|passcode|secret|token|credential|authorization|cookie|jwt|jsessionid|phpsessid|connectsid|requirepass|(?:api|access|secret|private|signing|signature|encryption|account|shared|master|auth|session|service|storage|licen[sc]e|webhook|deploy|hmac|ssh|aes|rsa|sas|stripe|sendgrid|mailgun|twilio|openai)key)s?$/;

/** Too short to be looked for at the end of other words, such as `bypass` and `compass`. */
const WHOLE_WORDS = /^(?:(?:smtp|db|my|mysql|pg|redis|mail|user|ftp|ssh|root|admin)?pass|pw|passwd)$/;

/** Words after that of the secret that change nothing: `password_value`, `tokenHash`, `secret2`. */
const SUFFIXES = /^(?:\d+|value|text|plain|plaintext|raw|hash|old|new|current|encoded|base64|b64)$/;

/** Names of secrets in the query of a URL that mean something else everywhere else. */
const IN_QUERIES =
  /^(?:key|sig|signature|code|auth|sid|hmac|x-amz-(?:signature|credential|security-token))$/i;

/** Whether something called like this is a secret: `DB_PASSWORD`, `accessToken`, `x-api-key`, but not `token_type`. */
export function isSecretName(name: string): boolean {
  if (/^[_-]*_auth$/i.test(name)) return true;
  const words = wordsOf(name);
  while (words.length > 1 && SUFFIXES.test(words.at(-1)!)) words.pop();
  return WHOLE_WORDS.test(words.at(-1) ?? '') || ENDS.test(words.join(''));
}

/** Whether a parameter in the query of a URL is a secret by its name. */
export function isSecretParameter(name: string): boolean {
  return IN_QUERIES.test(name) || isSecretName(name);
}

/** Whether a name is a plural, whose value may be a count: `tokens: 512`. */
export function isPlural(name: string): boolean {
  return /[a-z]s$/i.test(name);
}

/** Whether a header's value has blanks in it and goes on to the end of its line. */
export function isWholeLine(name: string): boolean {
  return /(?:authorization|cookie)$/i.test(name);
}

/** The words of a name in small letters, whichever way they are joined. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z])(?=[A-Z])|([A-Za-z])(?=\d+$)|([A-Z])(?=[A-Z][a-z])/g, '$1$2$3 ')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}
