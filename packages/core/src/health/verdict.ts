/** The judgement on a job. */
export type Verdict = 'healthy' | 'late' | 'failing' | 'stuck' | 'never-ran' | 'paused';

/** Whether people should know of it. Who paused a job knows already. */
export function isTrouble(verdict: Verdict): boolean {
  return verdict !== 'healthy' && verdict !== 'paused';
}
