import { MASK, type Span } from './spans.ts';
import { bareValue } from './values.ts';

/** Hosts and paths of URLs that are secrets as a whole, because knowing the URL grants access. */
const TELLING_HOST = /(?:^|[.-])(?:web)?hooks?[.-]|(?:^|\.)hc-ping\.|(?:^|\.)cronitor\./i;
const TELLING_PATH = /^\/(?:[^?#]{0,64}\/)?(?:webhooks?|webhookb2|hooks|services\/T[\w]+)\/|^\/bot\d+:/i;
/** What may precede a colon and an `@` without being a login. */
const NO_LOGIN =
  /^(?:mailto|from|to|cc|bcc|sender|recipients?|reply-to|e?mail|address|user|users|contact|npm|package|sip|sips|xmpp|acct|at)$/i;

/** Finds logins in URLs, and the paths of URLs that are secrets as a whole. Host names stay. */
export function* urlSecrets(text: string): Generator<Span> {
  for (let at = text.indexOf('://'); at >= 0;) {
    const run = bareValue(text, at + 3);
    yield* secretsOfRun(text, at, run.to);
    at = text.indexOf('://', Math.max(run.to, at + 3));
  }
}

/** Finds the secrets in a run of characters that contains one or more URLs. A login extends to the last `@`. */
function* secretsOfRun(text: string, first: number, end: number): Generator<Span> {
  const last = first + text.slice(first, end).lastIndexOf('@');
  for (let at = first; at >= 0 && at < end; at = text.indexOf('://', at + 3)) {
    const start = at + 3;
    const scheme = /[a-z][a-z\d+.-]{0,30}$/i.exec(text.slice(Math.max(0, at - 31), at))?.[0] ?? '';
    if (hasLogin(text, { scheme, start, last })) {
      if (text.slice(start, last) !== MASK) yield { from: start, to: last };
      const path = tellingPath(text, last + 1, end);
      if (path) yield path;
      return;
    }
    const path = tellingPath(text, start, end);
    if (path) {
      yield path;
      return;
    }
  }
}

interface UrlPlace {
  readonly scheme: string;
  readonly start: number;
  /** The last `@` of the run. */
  readonly last: number;
}

function hasLogin(text: string, { scheme, start, last }: UrlPlace): boolean {
  if (last <= start || text[start] === '/') return false;
  if (!/^(?:https?|wss?)$/i.test(scheme)) return true;
  const authority = text.slice(start, endOfAuthority(text, start, last));
  return authority.length === last - start || /[@:]/.test(authority);
}

function endOfAuthority(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && !'/?#'.includes(text[at]!)) at += 1;
  return at;
}

function tellingPath(text: string, hostAt: number, end: number): Span | null {
  const pathAt = endOfAuthority(text, hostAt, end);
  const path = text.slice(pathAt, Math.min(end, pathAt + 128));
  if (path.length < 2 || path === `/${MASK}`) return null;
  if (!TELLING_HOST.test(text.slice(hostAt, Math.min(pathAt, hostAt + 256))) && !TELLING_PATH.test(path))
    return null;
  return { from: pathAt + 1, to: end };
}

/** Finds logins without a scheme: `user:password@host`. */
export function* loginSecrets(text: string): Generator<Span> {
  const runs = /\S+/g;
  for (let found = runs.exec(text); found; found = runs.exec(text)) {
    const login = loginIn(found[0]);
    if (login) yield { from: found.index + login.from, to: found.index + login.to };
  }
}

function loginIn(run: string): Span | null {
  let at = run.lastIndexOf('@');
  while (at > 0 && !isHost(run, at + 1)) at = run.lastIndexOf('@', at - 1);
  if (at <= 0) return null;
  for (let colon = run.indexOf(':'); colon >= 0 && colon < at - 1; colon = run.indexOf(':', colon + 1)) {
    if (run.startsWith('//', colon + 1)) continue;
    let from = colon;
    while (from > 0 && colon - from < 64 && /[\w.+%-]/.test(run[from - 1]!)) from -= 1;
    const isLogin = from < colon && !NO_LOGIN.test(run.slice(from, colon));
    if (isLogin && !run.startsWith(`${MASK}@`, colon + 1)) return { from, to: at };
  }
  return null;
}

/**
 * Returns the start of the login that contains a named value, as in `game:s3Pw=cret@db`; `null` if there is none, which
 * is the case unless the value contains an `@`.
 */
export function startOfLoginAround(text: string, nameAt: number, value: Span): number | null {
  if (!text.slice(value.from, value.to).includes('@')) return null;
  const before = /[\w.+%-]{1,64}:[^\s\\"'`,;&?(){}[\]]{0,64}$/.exec(
    text.slice(Math.max(0, nameAt - 130), nameAt),
  );
  if (!before || before[0].includes('://')) return null;
  return NO_LOGIN.test(before[0].slice(0, before[0].indexOf(':'))) ? null : nameAt - before[0].length;
}

/** Returns whether a host can begin at a position; a version such as in `package@1.2.3` is not a host. */
function isHost(text: string, at: number): boolean {
  const host = text.slice(at, at + 64);
  return /^[A-Za-z\d[]/.test(host) && !/^\d+\.\d+\.\d+(?![.\d])/.test(host);
}
