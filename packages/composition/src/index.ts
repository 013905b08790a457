export { consoleLogger, type LogLevel } from './console-logger.ts';
export { createJobHost } from './create-job-host.ts';
export { diagnosticsChannels } from './diagnostics.ts';
export type { JobHostOptions, JobOverrides, CustomJob } from './host-options.ts';
export { HostStateError, type HostState } from './host-state.ts';
export { healthJson } from './http/health-json.ts';
export { healthHandler, type HealthHandler, type HealthHandlerOptions } from './http/health-handler.ts';
export { nodeListener } from './http/node-listener.ts';
export {
  CannotListenError,
  serveHealth,
  type HealthServer,
  type ServeHealthOptions,
} from './http/serve-health.ts';
export type { JobHost, OpenOptions } from './job-host.ts';
export type { JobCounters } from './run-counters.ts';
export { SystemClock } from './system-clock.ts';
export { WiringError, toContainerModule } from './wiring.ts';
