import { engineTokens, type Token } from '@gamekeeper/core/ports';
import { AlertDelivery, HealthWatch, type InspectionPorts } from '@gamekeeper/core/engine';
import type { CheckedOptions } from './host-options.ts';
import { httpHeartbeat } from './http-heartbeat.ts';

/** Returns the health watch of a host, on the ports that the host binds. */
export function healthWatch(
  inspection: InspectionPorts,
  port: <T>(token: Token<T>) => T,
  { health }: CheckedOptions,
  refresh: () => Promise<void>,
): HealthWatch {
  const clock = port(engineTokens.clock);
  const logger = port(engineTokens.logger);
  return new HealthWatch({
    inspection,
    clock,
    logger,
    refresh,
    transactions: port(engineTokens.transactions),
    intervalMs: health.watchIntervalMs,
    checkIntervalMs: health.checkIntervalMs,
    heartbeat: health.heartbeatUrl === null ? null : httpHeartbeat(health.heartbeatUrl),
    delivery: new AlertDelivery({
      alertLog: inspection.alertLog,
      routes: health.alerts,
      clock,
      logger,
      random: Math.random,
    }),
  });
}
