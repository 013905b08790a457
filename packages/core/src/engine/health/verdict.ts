/** Every judgement that there is. */
export const verdicts = ['healthy', 'late', 'failing', 'stuck', 'never-ran', 'ahead', 'paused'] as const;

/** The judgement on a job. */
export type Verdict = (typeof verdicts)[number];

/** Whether people should know of it. Who paused a job knows already. */
export function isUnhealthy(verdict: Verdict | CheckVerdict): boolean {
  return verdict !== 'healthy' && verdict !== 'paused';
}

/** The judgement on a check. How bad an unhealthy one is, its finding says. */
export type CheckVerdict = 'healthy' | 'unhealthy';
