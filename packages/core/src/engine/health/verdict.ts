/** All verdicts on jobs. */
export const verdicts = ['healthy', 'late', 'failing', 'stuck', 'never-ran', 'ahead', 'paused'] as const;

/** The verdict on a job. */
export type Verdict = (typeof verdicts)[number];

/** Returns whether a verdict needs attention. A paused job does not: it was paused on purpose. */
export function isUnhealthy(verdict: Verdict | CheckVerdict): boolean {
  return verdict !== 'healthy' && verdict !== 'paused';
}

/** The verdict on a check. An unhealthy check's finding states the severity. */
export type CheckVerdict = 'healthy' | 'unhealthy';
