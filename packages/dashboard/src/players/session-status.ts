import type { Instant } from '@gamekeeper/core';
import type { QuizSession } from '@gamekeeper/core/ports';
import { duration } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import { badge, type Tone } from '../html/parts.ts';

const tones: Readonly<Record<QuizSession['status'], Tone>> = {
  active: 'busy',
  completed: 'good',
  expired: 'warn',
};

/** Returns the status of a session, and since when it is overdue for the next cleanup. */
export function sessionStatus({ status, expiresAt }: QuizSession, now: Instant): Html {
  const isOverdue = status === 'active' && expiresAt <= now;
  return html`${badge(isOverdue ? 'warn' : tones[status], status === 'active' ? 'open' : status)}${
    isOverdue && html` <small>over for ${duration(now - expiresAt)}: the next cleanup expires it</small>`
  }`;
}
