import type { JobHost } from '@gamekeeper/composition';
import { dashboard } from '@gamekeeper/dashboard';
import { serveHealth, type HealthServer } from '@gamekeeper/http';
import { iso, type Clock, type Logger } from '@gamekeeper/core';
import { engineTokens } from '@gamekeeper/core/ports';
import type { Command } from 'commander';
import { readNumber, withExamples } from '../arguments.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

/** `start`: runs a host until it is stopped. */
export function addStart(program: Command, session: Session): void {
  const command = program
    .command('start')
    .description('runs the jobs in this process until SIGINT or SIGTERM, as a backend would')
    .option(
      '--http <port>',
      'serves /healthz, /livez, /jobs, /metrics and /dashboard; 0 for any free port',
      readNumber(0, 65_535),
    )
    .option('--hostname <address>', 'the address to listen at', '127.0.0.1')
    .action((options: ServeOptions) => start(session, options));
  withExamples(command, 'start', 'start --http 9464');
}

interface ServeOptions {
  readonly http?: number;
  readonly hostname: string;
}

async function start(session: Session, { http, hostname }: ServeOptions): Promise<void> {
  const { path, options } = await session.loadConfig();
  const host = session.createHost(path, options, { isBackend: true });
  const logger = host.container.get<Logger>(engineTokens.logger.symbol);
  const server = http === undefined ? null : await serve(host, http, hostname);
  try {
    const stopped = stoppedBy(session.signal, host);
    await host.start();
    logger.info(`Gamekeeper runs with ${path}. Press Ctrl-C to stop it.`);
    if (server) {
      logger.info(`Health is at ${server.url}/healthz, /livez, /jobs and /metrics.`);
      logger.info(`The dashboard is at ${server.url}/dashboard.`);
    }
    tellNextTicks(host, logger);
    if (!(await stopped)) session.exitCode = exitCodes.failed;
  } finally {
    await host.stop();
    await server?.close();
  }
}

/** Whoever is on this machine may look at the dashboard; at another address, nobody may. */
function serve(host: JobHost, port: number, hostname: string): Promise<HealthServer> {
  const basePath = '/dashboard';
  const access = (): 'read' | 'none' => (isLoopback(hostname) ? 'read' : 'none');
  return serveHealth(host, {
    port,
    hostname,
    handlers: { [basePath]: dashboard(host, { basePath, access }) },
  });
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '::1' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function stoppedBy(signal: AbortSignal, host: JobHost): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const stop = (): void => void host.stop().then(resolve, reject);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
}

function tellNextTicks(host: JobHost, logger: Logger): void {
  const now = host.container.get<Clock>(engineTokens.clock.symbol).now();
  for (const { job, schedule } of host.jobs) {
    const next = schedule.next(now);
    logger.info(`${job.name} next at ${next === null ? 'no time' : iso(next)}`);
  }
}
