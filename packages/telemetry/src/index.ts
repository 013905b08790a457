export {
  healthGauges,
  type HealthGauges,
  type HealthGaugesOptions,
  type MeasuredHost,
} from './health-gauges.ts';
export { telemetry, type TelemetryOptions } from './telemetry.ts';
