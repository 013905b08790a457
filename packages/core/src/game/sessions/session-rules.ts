import { wholeNumber } from '../../engine/common/options.ts';

/** The numbers that the rules of quiz sessions depend on. */
export interface SessionRules {
  /** Minutes from its start until a quiz cannot be finished any more. Default 10. */
  readonly timeoutMinutes: number;
}

export const defaultSessionRules: SessionRules = { timeoutMinutes: 10 };

/**
 * Fills in what is missing and checks the rest.
 *
 * @throws {InvalidOptionError} naming `rules.sessions.…`
 */
export function sessionRules(options: Partial<SessionRules> = {}): SessionRules {
  const { timeoutMinutes } = { ...defaultSessionRules, ...options };
  return {
    timeoutMinutes: wholeNumber('rules.sessions.timeoutMinutes', timeoutMinutes, { min: 1, max: 525_600 }),
  };
}
