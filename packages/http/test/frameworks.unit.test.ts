import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { isGamekeeperError, sessionId, silentLogger, userId } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { Hono } from 'hono';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthHandler, nodeListener, problemOf, problemOfRefusal, problemResponse } from '../src/index.ts';

/** As docs/express-and-hono.md shows it. */
function expressApp(host: JobHost): Express {
  const app = express();
  app.use('/internal', nodeListener(healthHandler(host)));
  app.post('/quizzes/:id/completion', express.json(), async (request, response) => {
    const { xp } = request.body as { xp: number };
    const completed = await host.gameplay.completeQuiz({ sessionId: sessionId(request.params.id), xp });
    if (completed.ok) response.json(completed.streak);
    else send(response, problemOfRefusal(completed));
  });
  app.get('/boards/:board', async (request, response) => {
    response.json(await host.leaderboards.top(request.params.board));
  });
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  const problems: ErrorRequestHandler = (error, _request, response, next) => {
    if (isGamekeeperError(error)) send(response, problemOf(error));
    else next(error);
  };
  app.use(problems);
  return app;

  function send(response: express.Response, problem: ReturnType<typeof problemOf>): void {
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}

/** As docs/express-and-hono.md shows it. */
function honoApp(host: JobHost): Hono {
  const app = new Hono();
  const health = healthHandler(host, { prefix: '/internal' });
  app.all('/internal/*', ({ req }) => health(req.raw));
  app.post('/quizzes/:id/completion', async (context) => {
    const { xp } = await context.req.json<{ xp: number }>();
    const completed = await host.gameplay.completeQuiz({ sessionId: sessionId(context.req.param('id')), xp });
    return completed.ok ? context.json(completed.streak) : problemResponse(problemOfRefusal(completed));
  });
  app.get('/boards/:board', async (context) =>
    context.json(await host.leaderboards.top(context.req.param('board'))),
  );
  app.get('/broken', async () => {
    throw new Error('broken');
  });
  app.onError((error, context) =>
    isGamekeeperError(error) ? problemResponse(problemOf(error)) : context.text('Internal Server Error', 500),
  );
  return app;
}

describe.each(['Express', 'Hono'])('with %s', (framework) => {
  const host = createJobHost({
    modules: [memoryAdapters(), cronerScheduler()],
    clock: new VirtualClock('2026-11-24T10:00:00Z'),
    logger: silentLogger,
  });
  const server = createServer(framework === 'Express' ? expressApp(host) : () => undefined);
  let ask: (path: string, init?: RequestInit) => Promise<Response>;

  beforeAll(async () => {
    await host.start();
    await host.gameplay.startQuiz({ userId: userId('ada'), sessionId: sessionId('one') });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const hono = honoApp(host);
    ask =
      framework === 'Express'
        ? (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init)
        : async (path, init) => hono.request(path, init);
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await host.stop();
  });

  const complete = (quiz: string, xp: unknown) =>
    ask(`/quizzes/${quiz}/completion`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ xp }),
    });

  it('health is served below a path', async () => {
    expect((await ask('/internal/healthz')).status).toBe(200);
    expect((await ask('/internal/livez', { method: 'HEAD' })).status).toBe(200);
    expect(await (await ask('/internal/metrics')).text()).toContain('gamekeeper_health_known 1');
    expect((await ask('/internal/nothing')).status).toBe(404);
    expect((await ask('/internal/jobs', { method: 'DELETE' })).status).toBe(405);
  });

  it('errors and refusals are problem details', async () => {
    const unknown = await ask('/boards/daily');
    expect(unknown.headers.get('content-type')).toContain('application/problem+json');
    expect([unknown.status, await unknown.json()]).toMatchObject([404, { code: 'UNKNOWN_BOARD' }]);
    const wrong = await complete('one', 'many');
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'INVALID_OPTION' }]);
    expect(await (await complete('one', 5)).json()).toMatchObject({ currentStreak: 1 });
    const refused = await complete('one', 5);
    expect([refused.status, await refused.json()]).toMatchObject([409, { reason: 'already-completed' }]);
  });

  it('other errors are left to the framework', async () => {
    const broken = await ask('/broken');
    expect(broken.status).toBe(500);
    expect(broken.headers.get('content-type')).not.toContain('problem');
  });
});
