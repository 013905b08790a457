import { MASK } from './spans.ts';

/**
 * Keys that are recognised by their format, whatever their name. Anchored, so that each run of characters is read
 * once.
 */
const SHAPES: readonly RegExp[] = [
  // JSON Web Tokens, also truncated ones.
  /(?<![A-Za-z\d])eyJ[\w-]{8,}(?:\.[\w-]*){0,4}/g,
  // GitHub, GitLab, Slack, Stripe, AWS, Google, npm, PyPI, SendGrid, DigitalOcean, Vault, Shopify, OpenAI and similar.
  /(?<![A-Za-z\d])(?:gh[opsur]_[A-Za-z\d]{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{8,}|xapp-[\w-]{8,})/g,
  /(?<![A-Za-z\d])(?:(?:sk|rk|pk)_(?:live|test)_\w{8,}|whsec_[\w+/=]{8,}|sk-[\w-]{20,}|(?:AKIA|ASIA)[A-Z\d]{16}(?![A-Z\d]))/g,
  /(?<![A-Za-z\d])(?:AIza[\w-]{30,}|ya29\.[\w-]{16,}|npm_[A-Za-z\d]{30,}|pypi-[\w-]{16,}|SG\.[\w-]{16,}\.[\w-]{16,})/g,
  /(?<![A-Za-z\d])(?:do[opr]_v1_[a-f\d]{32,}|hv[sbr]\.[\w-]{16,}|shp(?:at|ca|pa|ss)_[a-f\d]{16,}|AGE-SECRET-KEY-1[A-Z\d]{16,})/g,
];

/** Webhook URLs without their scheme. */
const WEBHOOKS = /\b(hooks\.slack\.com\/services\/|discord(?:app)?\.com\/api\/webhooks\/)[\w/-]+/gi;

/**
 * An HTTP authentication scheme and its credentials. If an English word follows, the text is a message about the
 * scheme.
 */
const BARE_SCHEME =
  /\b(Bearer|Basic)(\s{1,4})(?![A-Za-z][a-z]*(?:[-/][A-Za-z]?[a-z]+){0,4}(?![\w+/~.=-]))(?!\w{1,32}=["\\])[\w.~+/-]{6,}=*/gi;

const BEGIN = /-----BEGIN [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const END = /-----END [A-Z\d ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;

/** Returns the text without private keys, keys of well-known services, and credentials after `Bearer` and `Basic`. */
export function withoutKnownShapes(text: string): string {
  const shaped = SHAPES.reduce((rest, shape) => rest.replace(shape, MASK), withoutPrivateKeys(text));
  return shaped.replace(WEBHOOKS, `$1${MASK}`).replace(BARE_SCHEME, `$1$2${MASK}`);
}

/** A key without an end marker extends to the end of the text. */
function withoutPrivateKeys(text: string): string {
  const parts: string[] = [];
  let rest = 0;
  const [begins, ends] = [new RegExp(BEGIN), new RegExp(END)];
  for (let begin = begins.exec(text); begin; begin = begins.exec(text)) {
    ends.lastIndex = begins.lastIndex;
    const isClosed = ends.exec(text) !== null;
    parts.push(text.slice(rest, begin.index), MASK);
    rest = isClosed ? ends.lastIndex : text.length;
    begins.lastIndex = rest;
  }
  return parts.join('') + text.slice(rest);
}
