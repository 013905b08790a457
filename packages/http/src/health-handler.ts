import { InvalidOptionError, type HostHealth, type WithDates } from '@gamekeeper/core';
import { assertKnownOptions, wholeNumber, withMethods } from '@gamekeeper/core/engine';
import { healthMetrics } from '@gamekeeper/core/game';
import { healthJson, troubleJson } from './health-json.ts';
import type { HealthSource } from './health-source.ts';
import { healthReader, type HealthResult } from './health-result.ts';
import { expositionFor } from './prometheus-text.ts';
import { counterMetrics } from './counter-metrics.ts';

/** Options of {@link healthHandler}. */
export interface HealthHandlerOptions {
  /** Prefix of the paths: `/internal` makes them `/internal/healthz` and so on. Default: none. */
  readonly prefix?: string;
  /** Timeout for reading the health from the store, per response. Milliseconds, default 3,000. */
  readonly timeoutMs?: number;
  /**
   * How long a host may be opening before `/livez` fails. Milliseconds, default 300,000: more than any timeout of a
   * start, so raise it for a migration that takes longer.
   */
  readonly openTimeoutMs?: number;
}

/** Handles a request, with the objects of the web standard. It never throws. */
export type HealthHandler = (request: Request) => Promise<Response>;

/**
 * Returns a handler for the health of a host: `/healthz`, `/livez`, `/jobs` and `/metrics`. A response contains no
 * secrets and no players, but should not be public: it has names of jobs and errors.
 *
 * @throws {InvalidOptionError}
 * @example
 * const handle = healthHandler(host, { prefix: '/internal' });
 * const response = await handle(new Request('http://localhost/internal/healthz'));
 */
export function healthHandler(host: HealthSource, options: HealthHandlerOptions = {}): HealthHandler {
  const { prefix, timeoutMs, openTimeoutMs } = checked(options);
  withMethods('host', host, ['health', 'counters'], 'must be the JobHost that createJobHost returns');
  const health = healthReader(host, timeoutMs);
  const routes = new Map<string, (headers: Headers) => Promise<Response>>([
    [`${prefix}/healthz`, async () => whenKnown(await health(), healthz)],
    [`${prefix}/livez`, async () => livez(host, openTimeoutMs)],
    [`${prefix}/jobs`, async () => whenKnown(await health(), (known) => json(200, healthJson(known)))],
    [`${prefix}/metrics`, async (headers) => metrics(host, await health(), headers)],
  ]);
  return async ({ method, url, headers: asked }) => {
    const answer = routes.get(new URL(url).pathname);
    if (!answer) return json(404, { error: 'NOT_FOUND', paths: [...routes.keys()] });
    if (method === 'GET') return answer(asked);
    if (method !== 'HEAD') return json(405, { error: 'METHOD_NOT_ALLOWED' }, { allow: 'GET, HEAD' });
    const { status, headers } = await answer(asked);
    return new Response(null, { status, headers });
  };
}

function checked(options: HealthHandlerOptions): Required<HealthHandlerOptions> {
  assertKnownOptions('', options, ['prefix', 'timeoutMs', 'openTimeoutMs']);
  const { prefix = '', timeoutMs = 3_000, openTimeoutMs = 300_000 } = options;
  if (typeof prefix !== 'string' || !/^(\/[\w.~-]+)*$/.test(prefix)) {
    throw new InvalidOptionError(
      'prefix',
      prefix,
      'must be a path such as "/internal", without a slash at the end',
    );
  }
  return {
    prefix,
    timeoutMs: wholeNumber('timeoutMs', timeoutMs, { min: 1, max: 600_000 }),
    openTimeoutMs: wholeNumber('openTimeoutMs', openTimeoutMs, { min: 1, max: 86_400_000 }),
  };
}

/** Liveness fails only for a hanging start: a restart does not fix any other problem. */
function livez(host: HealthSource, openTimeoutMs: number): Response {
  const openingMs = host.openingMs ?? null;
  if (openingMs === null || openingMs <= openTimeoutMs)
    return json(200, { status: 'alive', host: host.state });
  return json(503, { status: 'hanging', host: host.state, openingMs: Math.round(openingMs) });
}

function healthz(health: WithDates<HostHealth>): Response {
  return json(health.healthy ? 200 : 503, troubleJson(health));
}

function whenKnown(
  { health, reason }: HealthResult,
  answer: (health: WithDates<HostHealth>) => Response,
): Response {
  return health ? answer(health) : json(503, { status: 'unknown', reason });
}

/** Always 200: the counters of the process are known even while the store is unavailable. */
function metrics(host: HealthSource, { health }: HealthResult, asked: Headers): Response {
  const { mediaType, write } = expositionFor(asked.get('accept'));
  const ofProcess = [...(host.metrics?.() ?? []), ...counterMetrics(host.counters())];
  return new Response(write([...healthMetrics(health), ...ofProcess]), {
    headers: { 'content-type': mediaType, 'cache-control': 'no-store', vary: 'accept' },
  });
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(body)}\n`, {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });
}
