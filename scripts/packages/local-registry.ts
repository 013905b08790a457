import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PackedPackage } from './pack.ts';

/** A registry on this machine that has some packed packages, so that their ranges among each other are resolved as usual. */
export interface LocalRegistry {
  readonly url: string;
  readonly close: () => void;
}

/** Starts a {@link LocalRegistry} on a free port. */
export async function startRegistry(packages: readonly PackedPackage[]): Promise<LocalRegistry> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const asked = packages.find(({ manifest }) => path === manifest.name || path === `${manifest.name}.tgz`);
    if (!asked) return void response.writeHead(404).end('{}');
    const tarball = readFileSync(asked.tarball);
    if (path.endsWith('.tgz')) return void response.end(tarball);
    const { name, version } = asked.manifest;
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const dist = { tarball: `${url()}${name}.tgz`, integrity };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        name,
        'dist-tags': { latest: version },
        versions: { [version]: { ...asked.manifest, dist } },
      }),
    );
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: url(), close: () => server.close() };
}
