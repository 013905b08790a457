import { createServer } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryHost } from '../test/hosts.ts';
import { serveHealth, type HealthServer } from './serve-health.ts';

describe('a server of health', () => {
  let server: HealthServer | undefined;
  afterEach(() => server?.close());

  async function open(): Promise<HealthServer> {
    const { host } = memoryHost();
    await host.open();
    server = await serveHealth(host, { port: 0 });
    return server;
  }

  it('listens on this machine only, at any port that is free', async () => {
    const { url } = await open();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d{2,5}$/);
  });

  it('answers like the handler', async () => {
    const { url } = await open();
    const answer = await fetch(`${url}/healthz`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(await answer.json()).toMatchObject({ status: 'healthy' });
    expect((await fetch(`${url}/metrics`, { method: 'HEAD' })).status).toBe(200);
    expect((await fetch(`${url}/jobs`, { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  it.each(['TRACE /healthz', 'OPTIONS *', 'GET http://['])('survives %s', async (request) => {
    const { url } = await open();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(`${request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 (400|404|405) /);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('closes at once, also twice and with a connection that is kept alive', async () => {
    const opened = await open();
    await fetch(`${opened.url}/livez`);
    await Promise.all([opened.close(), opened.close()]);
    await expect(fetch(`${opened.url}/livez`)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('that finds its port taken says so', async () => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    const { port } = other.address() as { readonly port: number };
    try {
      await expect(serveHealth(memoryHost().host, { port })).rejects.toMatchObject({
        code: 'CANNOT_LISTEN',
        message: `Health cannot be served at 127.0.0.1:${port} (the port is in use); choose another port (0 for any free one) or another hostname.`,
      });
    } finally {
      other.close();
    }
  });

  it.each([
    ['port', { port: 70_000 }],
    ['port', { port: '80' as unknown as number }],
    ['hostname', { port: 0, hostname: '' }],
    ['prefix', { port: 0, prefix: '/' }],
  ])('refuses a bad %s', async (option, options) => {
    await expect(serveHealth(memoryHost().host, options)).rejects.toMatchObject({ option });
  });

  it('serves other handlers below their paths, and refuses what is none', async () => {
    const { host } = memoryHost();
    const handle = async (request: Request): Promise<Response> => new Response(new URL(request.url).pathname);
    const server = await serveHealth(host, { port: 0, handlers: { '/ops': handle } });
    const text = async (path: string): Promise<string> => (await fetch(`${server.url}${path}`)).text();
    expect([await text('/ops'), await text('/ops/a?b')]).toEqual(['/ops', '/ops/a']);
    expect((await fetch(`${server.url}/opsx`)).status).toBe(404);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    await server.close();
    for (const handlers of [
      { ops: handle },
      { '/': handle },
      { '/ops': {} },
      { '/ops': undefined },
      'ops',
      null,
    ])
      await expect(serveHealth(host, { port: 0, handlers: handlers as never })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
  });
});
