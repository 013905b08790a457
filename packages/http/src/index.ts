export { healthHandler, type HealthHandler, type HealthHandlerOptions } from './health-handler.ts';
export { healthJson } from './health-json.ts';
export type { HealthSource } from './health-source.ts';
export { nodeListener, type NodeListenerOptions, type WebHandler } from './node-listener.ts';
export { incomingMessageOf } from './node-request.ts';
export {
  problemOf,
  problemOfRefusal,
  problemResponse,
  type Problem,
  type Refusal,
} from './problems/problem.ts';
export {
  CannotListenError,
  serveHealth,
  type HealthServer,
  type ServeHealthOptions,
} from './serve-health.ts';
