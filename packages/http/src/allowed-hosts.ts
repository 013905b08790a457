import { InvalidOptionError } from '@gamekeeper/core';

/** Whether a request may be answered, by its header `Host`. */
export type HostHeaderCheck = (host: string | undefined) => boolean;

/**
 * Which `Host` headers a server accepts. A browser sends the name of the page's own site there, also where that name was
 * made to mean this machine (DNS rebinding); so a server that only this machine reaches accepts names of this machine, and
 * those of the option. One that listens elsewhere accepts every name, unless the option names some.
 *
 * @throws {InvalidOptionError}
 */
export function hostHeaderCheck(
  hostname: string,
  allowedHosts: readonly string[] | undefined,
): HostHeaderCheck {
  const allowed = new Set([nameOf(hostname), ...checked(allowedHosts).map(nameOf)]);
  if (allowedHosts === undefined && !isLoopback(nameOf(hostname))) return () => true;
  return (host) => {
    // No browser leaves it out.
    if (host === undefined) return true;
    const name = nameInHeader(host);
    return name !== null && (isLoopback(name) || allowed.has(name));
  };
}

function checked(allowedHosts: unknown): readonly string[] {
  if (allowedHosts === undefined) return [];
  if (Array.isArray(allowedHosts) && allowedHosts.every(isHostName)) return allowedHosts;
  throw new InvalidOptionError(
    'allowedHosts',
    allowedHosts,
    'must be a list of host names without ports, such as ["metrics.example.org"]',
  );
}

function isHostName(name: unknown): name is string {
  return typeof name === 'string' && /^(?:\[[\da-f:.]+\]|[\da-f]*:[\da-f:.]+|[\w.-]+)$/i.test(name);
}

/** The name without the port; `null` for a header that is none. */
function nameInHeader(host: string): string | null {
  const name = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host)?.[1];
  return name === undefined ? null : nameOf(name);
}

/** In small letters, without the brackets of IPv6 and without the dot at the end of a complete name. */
function nameOf(name: string): string {
  return name.toLowerCase().replace(/^\[|\]$|\.$/g, '');
}

function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}
