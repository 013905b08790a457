const URLS = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)\S+/gi;
const ASSIGNMENTS =
  /\b((?:password|passwd|pwd|secret|token|api[-_]?key|authorization)["']?\s*[=:]\s*)(?:"[^"]*"|'[^']*'|(?:bearer|basic)\s+\S+|[^\s,;"']+)/gi;

/**
 * The text of an error for strangers. Errors of drivers and of jobs' own code quote connection strings and the like, so
 * every URL is cut to its scheme, and what is called a password or a token is left out.
 */
export function withoutSecrets(text: string): string {
  return text.replace(URLS, '$1…').replace(ASSIGNMENTS, '$1…');
}
