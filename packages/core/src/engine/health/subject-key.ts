import type { AlertDigest } from './alert-digest.ts';
import type { SubjectHealth, Alert } from './alert.ts';

/**
 * What a verdict is kept by, and within which alerts are delivered in order: the name of a job, or `check:` and that of a
 * check, which no job can be called. All digests have one of their own.
 */
export function subjectKey(about: SubjectHealth | Alert | AlertDigest): string {
  if ('job' in about) return about.job;
  return 'check' in about ? checkKey(about.check) : 'digest:alerts';
}

/** The subject of a check. */
export function checkKey(check: string): string {
  return `check:${check}`;
}
