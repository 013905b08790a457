import { InvalidOptionError } from '@gamekeeper/core';

/** Whether a request with this `Host` header may be answered. */
export type HostHeaderCheck = (host: string | undefined) => boolean;

/**
 * Returns the check of `Host` headers of a server. It protects against DNS rebinding: a server on a loopback address
 * accepts only loopback names and `allowedHosts`. A server on another address accepts every `Host`, unless
 * `allowedHosts` is set.
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
    // Browsers always send this header.
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

/** Returns the name without the port; `null` for an invalid header. */
function nameInHeader(host: string): string | null {
  const name = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host)?.[1];
  return name === undefined ? null : nameOf(name);
}

/** Returns the name in lower case, without the brackets of IPv6 and without a final dot. */
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
