import { wholeNumber } from '../../engine/common/options.ts';

/** The parameters of the rules of quiz sessions. */
export interface SessionRules {
  /** Minutes after its start during which a quiz can be completed. Default 10. */
  readonly timeoutMinutes: number;
}

export const defaultSessionRules: SessionRules = { timeoutMinutes: 10 };

/**
 * Returns the rules with defaults filled in.
 *
 * @throws {InvalidOptionError} naming `rules.sessions.…`
 */
export function sessionRules(options: Partial<SessionRules> = {}): SessionRules {
  const { timeoutMinutes } = { ...defaultSessionRules, ...options };
  return {
    timeoutMinutes: wholeNumber('rules.sessions.timeoutMinutes', timeoutMinutes, { min: 1, max: 525_600 }),
  };
}
