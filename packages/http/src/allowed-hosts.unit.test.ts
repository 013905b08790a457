import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryHost } from '../test/hosts.ts';
import { hostHeaderCheck } from './allowed-hosts.ts';
import { serveHealth, type HealthServer, type ServeHealthOptions } from './serve-health.ts';

describe('the Host header of a server that only this machine reaches', () => {
  const check = hostHeaderCheck('127.0.0.1', ['Metrics.example.org.']);

  it.each([
    'localhost',
    'LOCALHOST:9464',
    'game.localhost:9464',
    '127.0.0.1:9464',
    '127.1.2.3',
    '[::1]:9464',
    'metrics.example.org',
    'metrics.example.org.:80',
    undefined,
  ])('may be %s', (host) => expect(check(host)).toBe(true));

  it.each([
    'rebound.example.com',
    'rebound.example.com:9464',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '10.0.0.7:9464',
    'evilmetrics.example.org',
    'metrics.example.org@example.com',
    'localhost:9464:1',
    '',
    'a b',
  ])('may not be %j', (host) => expect(check(host)).toBe(false));
});

describe('a server of health', () => {
  let server: HealthServer | undefined;
  afterEach(() => server?.close());

  async function statusFor(host: string, options: Partial<ServeHealthOptions> = {}): Promise<number> {
    const { host: jobs } = memoryHost();
    await jobs.open();
    await server?.close();
    server = await serveHealth(jobs, { port: 0, ...options });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.end(`GET /jobs HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return Number(answer.toString().split(' ')[1]);
  }

  it('does not answer a page whose name was made to mean this machine', async () => {
    expect(await statusFor('rebound.example.com')).toBe(421);
    expect(await statusFor('localhost')).toBe(200);
  });

  it('answers to a name of its option', async () => {
    expect(await statusFor('metrics.example.org', { allowedHosts: ['metrics.example.org'] })).toBe(200);
    expect(await statusFor('rebound.example.com', { allowedHosts: ['metrics.example.org'] })).toBe(421);
  });

  it('that others reach answers to every name, and with the option to those alone', async () => {
    expect(await statusFor('10.0.0.7', { hostname: '0.0.0.0' })).toBe(200);
    const allowedHosts = ['metrics.example.org'];
    expect(await statusFor('10.0.0.7', { hostname: '0.0.0.0', allowedHosts })).toBe(421);
    expect(await statusFor('metrics.example.org:80', { hostname: '0.0.0.0', allowedHosts })).toBe(200);
  });

  it.each([[['metrics.example.org:9464']], [['https://x']], [[7]], ['metrics.example.org'], [['']]])(
    'refuses the names %j',
    async (allowedHosts) => {
      await expect(
        serveHealth(memoryHost().host, { port: 0, allowedHosts: allowedHosts as string[] }),
      ).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'allowedHosts' });
    },
  );
});
