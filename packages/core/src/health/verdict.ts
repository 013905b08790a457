/** The judgement on a job. */
export type Verdict = 'healthy' | 'late' | 'failing' | 'stuck' | 'never-ran';
