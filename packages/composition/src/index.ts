export { consoleLogger, type LogLevel } from './console-logger.ts';
export { createJobHost } from './create-job-host.ts';
export { diagnosticsChannels } from './diagnostics.ts';
export type { JobHostOptions, JobOverrides, CustomJob } from './host-options.ts';
export { HostStateError, type HostState } from './host-state.ts';
export type { OpenOptions } from './host-lifecycle.ts';
export { JobHost } from './job-host.ts';
export { SystemClock } from './system-clock.ts';
export { WiringError, toContainerModule } from './wiring.ts';
