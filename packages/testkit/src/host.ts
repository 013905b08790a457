export { testHost } from './host/create-test-host.ts';
export { HostNotSettledError, StoreClockRunsError } from './host/test-host-errors.ts';
export type { TestHostOptions } from './host/test-host-options.ts';
export type { TestHost } from './host/test-host.ts';
export type { TimeSpan } from './host/time-span.ts';
