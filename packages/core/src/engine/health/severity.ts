/** How grave an alert is, from the least to the most. */
export const severities = ['info', 'warning', 'critical'] as const;

/** How grave an alert is. */
export type Severity = (typeof severities)[number];
