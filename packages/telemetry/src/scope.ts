/** Names this package as what spans and metrics come from. */
export const SCOPE = '@gamekeeper/telemetry';
