import type { AlertDigest } from './alert-digest.ts';
import type { SubjectHealth, Alert } from './alert.ts';

/**
 * Returns the key under which a verdict is stored and alerts are ordered: the job's name, `check:<name>` for a check
 * (no job can have that name), `digest:alerts` for a digest.
 */
export function subjectKey(about: SubjectHealth | Alert | AlertDigest): string {
  if ('job' in about) return about.job;
  return 'check' in about ? checkKey(about.check) : 'digest:alerts';
}

/** Returns the key of a check. */
export function checkKey(check: string): string {
  return `check:${check}`;
}
