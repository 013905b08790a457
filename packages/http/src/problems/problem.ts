import { InvalidOptionError, isGamekeeperError, iso, type InstantLike } from '@gamekeeper/core';
import { errorText, givenObject, wholeNumber } from '@gamekeeper/core/engine';
import { problemKinds, refusalKinds, type RefusalReason } from './problem-table.ts';

/** Problem details for an HTTP response, by RFC 9457 (`application/problem+json`). */
export interface Problem {
  /** `urn:gamekeeper:error:AWARD_TOO_OLD`, `urn:gamekeeper:refusal:no-lives`, or `about:blank` for unknown errors. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** The code of the error; missing for unknown errors and refusals. */
  readonly code?: string;
  /** The reason of a refusal. */
  readonly reason?: RefusalReason;
  /** The message of the error, with secrets redacted; only if the status is below 500. */
  readonly detail?: string;
  /** When the player gets the next life, as ISO text; only if the reason is `no-lives`. */
  readonly nextLifeAt?: string;
}

/** What a call returns when the game refuses it. */
export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
  readonly lives?: { readonly nextRegenAt: InstantLike | null };
}

const MOST_DETAIL = 500;
const unknownError: Problem = { type: 'about:blank', title: 'Internal Server Error', status: 500 };

/**
 * Returns the problem details for an error that a call of Gamekeeper threw. Errors with a status below 500 have their
 * message as `detail`, with secrets redacted. Other errors have none: their messages name servers, roles and tables, so
 * log the error. An unknown error is a 500 without any text of its own. Never throws.
 *
 * @example
 * const problem = problemOf(error);
 * response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
 */
export function problemOf(error: unknown): Problem {
  try {
    return isGamekeeperError(error) ? ofCode(error.code, error) : unknownError;
  } catch {
    return unknownError;
  }
}

/**
 * Returns the problem details for a call that the game refused: 409, or 404 for an unknown session. The reason
 * `no-lives` also has `nextLifeAt`.
 *
 * @throws {InvalidOptionError} if it is not a refusal
 * @example
 * const started = await host.gameplay.startQuiz({ userId });
 * if (!started.ok) return problemResponse(problemOfRefusal(started));
 */
export function problemOfRefusal(refusal: Refusal): Problem {
  const { ok, reason, lives } = givenObject('refusal', refusal, 'must be a result with ok: false');
  if ((ok as unknown) !== false) throw new InvalidOptionError('refusal.ok', ok, 'must be false');
  if (!isReason(reason)) {
    throw new InvalidOptionError(
      'refusal.reason',
      reason,
      `must be one of ${Object.keys(refusalKinds).join(', ')}`,
    );
  }
  const { status, title } = refusalKinds[reason];
  const nextLifeAt = reason === 'no-lives' ? lives?.nextRegenAt : null;
  return {
    type: `urn:gamekeeper:refusal:${reason}`,
    title,
    status,
    reason,
    ...(nextLifeAt != null && { nextLifeAt: iso(nextLifeAt) }),
  };
}

/**
 * Returns a web-standard response with the problem details as its body.
 *
 * @throws {InvalidOptionError}
 */
export function problemResponse(problem: Problem): Response {
  const { status } = givenObject('problem', problem, 'must be what problemOf returns');
  wholeNumber('problem.status', status, { min: 400, max: 599 });
  return new Response(JSON.stringify(problem), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  });
}

function ofCode(code: unknown, error: unknown): Problem {
  if (typeof code !== 'string' || !Object.hasOwn(problemKinds, code)) return unknownError;
  const { status, title } = problemKinds[code]!;
  return {
    type: `urn:gamekeeper:error:${code}`,
    title,
    status,
    code,
    ...(status < 500 && { detail: errorText(error, MOST_DETAIL) }),
  };
}

/** Only text is looked up: a plain JavaScript value may not be convertible to a key. */
function isReason(reason: unknown): reason is RefusalReason {
  return typeof reason === 'string' && Object.hasOwn(refusalKinds, reason);
}
