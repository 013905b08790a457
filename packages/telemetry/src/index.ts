export { healthGauges, type HealthGauges, type HealthGaugesOptions } from './health-gauges.ts';
export { telemetry, type TelemetryOptions } from './telemetry.ts';
