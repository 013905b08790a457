/** The instrumentation scope of spans and metrics. */
export const SCOPE = '@gamekeeper/telemetry';
