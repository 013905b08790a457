import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { StoreUnavailableError, silentLogger, userId } from '@gamekeeper/core';
import { problemOfRefusal, problemResponse } from '@gamekeeper/http';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { gamekeeper, type GamekeeperPluginOptions } from './index.ts';

function memoryHost(): JobHost {
  return createJobHost({
    modules: [memoryAdapters(), cronerScheduler()],
    clock: new VirtualClock('2026-11-24T10:00:00Z'),
    rules: { lives: { maxLives: 1 } },
    logger: silentLogger,
  });
}

function server(options: Partial<GamekeeperPluginOptions> = {}): FastifyInstance {
  const app = fastify();
  app.register(gamekeeper, { host: memoryHost(), ...options });
  app.register(async (routes) => {
    routes.get('/boards/:board', ({ params }) =>
      app.host.leaderboards.top((params as { readonly board: string }).board),
    );
    routes.post('/quizzes', async () => {
      const started = await app.host.gameplay.startQuiz({ userId: userId('ada') });
      return started.ok ? started : problemResponse(problemOfRefusal(started));
    });
    routes.get('/outage', async () => {
      throw new StoreUnavailableError('db-7.internal is away', {});
    });
    routes.get('/broken', async () => {
      throw new Error('broken');
    });
  });
  return app;
}

describe('the plugin', () => {
  it('starts the host before the server listens, and stops it when that closes', async () => {
    const app = server();
    await app.ready();
    expect(app.host.state).toBe('running');
    await app.close();
    expect(app.host.state).toBe('stopped');
  });

  it('only opens the host with start: false', async () => {
    const app = server({ start: false });
    await app.ready();
    expect(app.host.state).toBe('open');
    await app.close();
  });

  it('keeps the host running until the last request has its response', async () => {
    const app = server();
    const arrived = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    app.get('/slow', async () => {
      arrived.resolve();
      await released.promise;
      return { state: app.host.state, lives: await app.host.lives.read(userId('ada')) };
    });
    const url = await app.listen({ port: 0, host: '127.0.0.1' });
    const response = fetch(`${url}/slow`);
    await arrived.promise;
    const closed = app.close();
    released.resolve();
    expect(await (await response).json()).toMatchObject({ state: 'running', lives: { currentLives: 1 } });
    await closed;
    expect(app.host.state).toBe('stopped');
  });

  it('fails the start of the server when the host cannot start', async () => {
    const host = memoryHost();
    await host.stop();
    const app = server({ host });
    await expect(app.ready()).rejects.toMatchObject({ code: 'HOST_STATE' });
    await app.close();
  });

  it('makes problem details of errors, in routes of other plugins too', async () => {
    const app = server();
    const unknown = await app.inject('/boards/daily');
    expect(unknown.statusCode).toBe(404);
    expect(unknown.headers['content-type']).toContain('application/problem+json');
    expect(unknown.json()).toMatchObject({ code: 'UNKNOWN_BOARD', status: 404 });
    const outage = await app.inject('/outage');
    expect(outage.statusCode).toBe(503);
    expect(outage.body).not.toContain('db-7.internal');
    await app.close();
  });

  it('leaves other errors to the handler that the server had before', async () => {
    const app = fastify();
    app.setErrorHandler((_error, _request, reply) => reply.code(418).send('mine'));
    app.register(gamekeeper, { host: memoryHost() });
    app.get('/broken', async () => {
      throw new Error('broken');
    });
    expect(await app.inject('/broken')).toMatchObject({ statusCode: 418, body: 'mine' });
    const plain = server();
    expect(await plain.inject('/broken')).toMatchObject({ statusCode: 500 });
    await Promise.all([app.close(), plain.close()]);
  });

  it('leaves all errors alone with problems: false', async () => {
    const app = server({ problems: false });
    expect((await app.inject('/boards/daily')).json()).toMatchObject({ error: 'Internal Server Error' });
    await app.close();
  });

  it('sends a refusal as a web-standard response', async () => {
    const app = server();
    expect((await app.inject({ method: 'POST', url: '/quizzes' })).statusCode).toBe(200);
    const refused = await app.inject({ method: 'POST', url: '/quizzes' });
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({ reason: 'no-lives', nextLifeAt: '2026-11-24T10:30:00.000Z' });
    await app.close();
  });

  it('serves the health of the host under a prefix, if asked', async () => {
    const app = server({ health: { prefix: '/internal' } });
    expect((await app.inject('/internal/healthz')).json()).toMatchObject({ status: 'healthy' });
    expect((await app.inject('/internal/metrics?all=1')).body).toContain('gamekeeper_health_known 1');
    expect((await app.inject({ method: 'HEAD', url: '/internal/livez' })).statusCode).toBe(200);
    await app.close();
    const without = server();
    expect((await without.inject('/healthz')).statusCode).toBe(404);
    await without.close();
  });

  it.each<[string, object, string]>([
    ['an unknown option', { hosts: 1 }, 'Unknown option hosts'],
    ['a host that is none', { host: {} }, 'Option host must be the JobHost'],
    ['a start that is no truth value', { start: 1 }, 'Option start must be true or false; got 1.'],
    ['a prefix with a slash at its end', { health: { prefix: '/a/' } }, 'Option prefix must be a path'],
  ])('refuses %s by name', async (_, options, message) => {
    const app = server(options);
    await expect(app.ready()).rejects.toThrow(message);
  });
});
