/** All severities, lowest first. */
export const severities = ['info', 'warning', 'critical'] as const;

/** The severity of an alert. */
export type Severity = (typeof severities)[number];
