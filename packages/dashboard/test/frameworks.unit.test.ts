import type { JobHost } from '@gamekeeper/composition';
import { incomingMessageOf, nodeListener } from '@gamekeeper/http';
import { testHost, type TestHost } from '@gamekeeper/testkit/host';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboard, type AccessCheck } from '../src/index.ts';

const basePath = '/internal/dashboard';

/** An application that serves the dashboard, as docs/dashboard.md shows it. */
interface Served {
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<unknown>;
}

const mayAct: AccessCheck = (request) =>
  request.headers.get('x-operator') === null
    ? 'none'
    : { may: 'actions', who: request.headers.get('x-operator')! };

async function withExpress(host: JobHost): Promise<Served> {
  const app = express();
  app.use(express.urlencoded());
  app.use((request, _response, next) => {
    Object.assign(request, { user: request.get('x-operator') });
    next();
  });
  const access: AccessCheck = (request) => {
    const { user } = incomingMessageOf(request) as { readonly user?: string };
    return user === undefined ? 'none' : { may: 'actions', who: user };
  };
  app.use(basePath, nodeListener(dashboard(host, { basePath, access }), { fullPath: true }));
  const server = createServer(app);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ask: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, { redirect: 'manual', ...init }),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function withFastify(host: JobHost): Promise<Served> {
  // Otherwise it waits for connections that `fetch` keeps.
  const app = fastify({ forceCloseConnections: true });
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, done) => done(null));
    const listener = nodeListener(dashboard(host, { basePath, access: mayAct }));
    for (const url of [basePath, `${basePath}/*`])
      scope.all(url, (request, reply) => {
        reply.hijack();
        listener(request.raw, reply.raw);
      });
  });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    ask: (path, init) => fetch(`${url}${path}`, { redirect: 'manual', ...init }),
    close: () => app.close(),
  };
}

async function withHono(host: JobHost): Promise<Served> {
  const app = new Hono();
  const handle = dashboard(host, { basePath, access: mayAct });
  app.all(basePath, ({ req }) => handle(req.raw));
  app.all(`${basePath}/*`, ({ req }) => handle(req.raw));
  return {
    ask: async (path, init) => app.request(`http://localhost${path}`, init),
    close: async () => undefined,
  };
}

async function withNest(host: JobHost): Promise<Served> {
  class AppModule {}
  Module({})(AppModule);
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use(basePath, nodeListener(dashboard(host, { basePath, access: mayAct }), { fullPath: true }));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return {
    ask: (path, init) => fetch(`${url}${path}`, { redirect: 'manual', ...init }),
    close: () => app.close(),
  };
}

describe.each([
  ['Express, after a parser of forms', withExpress],
  ['Fastify', withFastify],
  ['Hono', withHono],
  ['NestJS', withNest],
] as const)('in %s', (_framework, mount) => {
  let test: TestHost;
  let served: Served;
  const operator = { 'x-operator': 'Ada' };

  beforeAll(async () => {
    test = await testHost();
    served = await mount(test.host);
  });
  afterAll(async () => {
    await served.close();
    await test.stop();
  });

  it('shows pages and files below its path, to those who may look', async () => {
    for (const path of ['', '/', '/ticks?zoom=7d', '/job?job=streak-update']) {
      const response = await served.ask(`${basePath}${path}`, { headers: operator });
      expect([path, response.status]).toEqual([path, 200]);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    }
    const style = await served.ask(`${basePath}/assets/style.css`);
    expect(style.headers.get('content-type')).toContain('text/css');
    expect((await served.ask(basePath)).status).toBe(403);
    expect((await served.ask(`${basePath}/ticks`, { method: 'HEAD', headers: operator })).status).toBe(200);
  });

  it('takes the form of an action, in the name of who sent it', async () => {
    const fields = { action: 'pause', job: 'streak-update', reason: 'a & b = ü', key: 'a-key-of-this-test' };
    const headers = { ...operator, 'sec-fetch-site': 'same-origin' };
    const body = new URLSearchParams(fields);
    const response = await served.ask(`${basePath}/act`, { method: 'POST', headers, body });
    expect([response.status, response.headers.get('location')]).toEqual([
      303,
      `${basePath}/action?id=a-key-of-this-test`,
    ]);
    const page = await (await served.ask(response.headers.get('location')!, { headers: operator })).text();
    expect(page).toMatch(/Ada[^]*a &#38; b = ü[^]*paused on all instances/);
  });

  it('tells when a page has changed, until the browser goes', async () => {
    const aborting = new AbortController();
    const of = encodeURIComponent(`${basePath}/ticks`);
    const path = `${basePath}/events?of=${of}`;
    expect((await served.ask(path)).status).toBe(403);
    const response = await served.ask(path, { headers: operator, signal: aborting.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const { value } = await reader.read();
    const page = await served.ask(`${basePath}/ticks`, { headers: operator });
    await page.text();
    expect(new TextDecoder().decode(value)).toContain(`data: ${page.headers.get('etag')}\n\n`);
    await reader.cancel();
    aborting.abort();
    const still = await served.ask(`${basePath}/events?of=${basePath}/player`, { headers: operator });
    expect(still.status).toBe(204);
  });

  it('refuses the form of another site', async () => {
    const body = new URLSearchParams({
      action: 'resume',
      job: 'streak-update',
      reason: 'x',
      key: 'another-key-of-it',
    });
    const headers = { ...operator, 'sec-fetch-site': 'cross-site' };
    expect((await served.ask(`${basePath}/act`, { method: 'POST', headers, body })).status).toBe(403);
  });
});
