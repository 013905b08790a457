import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import { redisConnection, redisEventBus, redisLeaderboards } from '@gamekeeper/adapters-redis';
import { createJobHost, type CustomJob, type JobHost } from '@gamekeeper/composition';
import { logAlerts, type AlertChannel, type Logger } from '@gamekeeper/core';
import { serveHealth, type HealthServer } from '@gamekeeper/http';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { healthGauges, telemetry } from '@gamekeeper/telemetry';
import { startConsolation } from './consolation.ts';
import { startSdk, type Exporters } from './telemetry.ts';

export interface LiveGameOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Keeps this game apart from others on the same servers. Default `gamekeeper`. */
  readonly schema?: string;
  /** Where people hear of jobs that do not run, beside the log. */
  readonly alerts: readonly AlertChannel[];
  readonly exporters: Exporters;
  /** For health and metrics, on this machine; 0 for one that is free. */
  readonly port: number;
  readonly logger: Logger;
  readonly jobs?: readonly CustomJob[];
}

export interface LiveGame {
  readonly host: JobHost;
  readonly health: HealthServer;
  /** Ends everything in order: no run is begun any more, events are handled, what was measured is exported. */
  stop(): Promise<void>;
}

/** A host with everything beside it, each part in a few lines. */
export async function startLiveGame(options: LiveGameOptions): Promise<LiveGame> {
  const { databaseUrl, redisUrl, schema = 'gamekeeper', logger, jobs = [] } = options;
  const sdk = startSdk(options.exporters);
  const host = createJobHost({
    modules: [
      postgresAdapters({ url: databaseUrl, schema }),
      redisConnection({ url: redisUrl, keyPrefix: schema }),
      redisLeaderboards(),
      redisEventBus(),
      cronerScheduler(),
    ],
    jobs,
    observers: [telemetry(sdk.providers)],
    health: {
      alerts: [{ channel: logAlerts(logger) }, ...options.alerts.map((channel) => ({ channel }))],
      watchIntervalMs: 5_000,
    },
    logger,
  });
  // Probes are answered from the beginning: /livez while the host still opens, /healthz once it can judge.
  const health = await serveHealth(host, { port: options.port });
  await host.start();
  const gauges = healthGauges(host, { meterProvider: sdk.providers.meterProvider });
  const stopConsolation = await startConsolation(redisUrl, logger, schema);
  return {
    host,
    health,
    stop: async () => {
      gauges.stop();
      await host.stop();
      await stopConsolation();
      await health.close();
      await sdk.shutdown();
    },
  };
}
