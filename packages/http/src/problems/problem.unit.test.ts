import {
  GamekeeperError,
  InvalidOptionError,
  StoreUnavailableError,
  UnknownBoardError,
} from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { problemOf, problemOfRefusal, problemResponse } from './problem.ts';
import { problemKinds } from './problem-table.ts';

const unknown = { type: 'about:blank', title: 'Internal Server Error', status: 500 };

describe('problemOf', () => {
  it('describes an error of the request with its code and its message', () => {
    expect(problemOf(new UnknownBoardError('daily', ['global']))).toEqual({
      type: 'urn:gamekeeper:error:UNKNOWN_BOARD',
      title: 'Unknown leaderboard',
      status: 404,
      code: 'UNKNOWN_BOARD',
      detail: new UnknownBoardError('daily', ['global']).message,
    });
  });

  it('keeps the message of a fault of the backend to itself', () => {
    const error = new StoreUnavailableError('db-7.internal refused', { cause: new Error('secret') });
    expect(problemOf(error)).toEqual({
      type: 'urn:gamekeeper:error:STORE_UNAVAILABLE',
      title: 'Temporarily unavailable',
      status: 503,
      code: 'STORE_UNAVAILABLE',
    });
  });

  it('redacts secrets in the message, and limits its length', () => {
    const { detail } = problemOf(
      new InvalidOptionError('username', `postgres://game:s3cret@db/game ${'x'.repeat(100)}`, 'is wrong'),
    );
    expect(detail).toContain('db/game');
    expect(detail).not.toContain('s3cret');
    expect(problemOf(new GamekeeperError('AWARD_TOO_OLD', 'x'.repeat(9_000))).detail).toHaveLength(500);
  });

  it.each([
    ['an error of another library', new Error('password=hunter2')],
    ['text', 'gamekeeper'],
    ['nothing', undefined],
    ['null', null],
    ['an error with an unknown code', new GamekeeperError('OWN_CODE', 'hunter2')],
    ['an error with the name of a method of objects as its code', new GamekeeperError('toString', 'hunter2')],
    [
      'an error with a code that is not text',
      Object.assign(new Error('hunter2'), { gamekeeper: true, code: 1 }),
    ],
    [
      'an object that throws when it is read',
      {
        gamekeeper: true,
        get code(): string {
          throw new Error('hunter2');
        },
      },
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          has: () => {
            throw new Error('hunter2');
          },
        },
      ),
    ],
  ])('says nothing about %s', (_, error) => {
    expect(problemOf(error)).toEqual(unknown);
  });

  it('also takes errors of another copy of the package', () => {
    const foreign = Object.assign(new Error('old'), { gamekeeper: true, code: 'AWARD_TOO_OLD' });
    expect(problemOf(foreign)).toMatchObject({ status: 422, code: 'AWARD_TOO_OLD', detail: 'old' });
  });

  it('has no message with any status from 500', () => {
    for (const [code, { status }] of Object.entries(problemKinds)) {
      expect(problemOf(new GamekeeperError(code, 'text')).detail).toBe(status < 500 ? 'text' : undefined);
    }
  });
});

describe('problemOfRefusal', () => {
  it('says when the next life comes', () => {
    const lives = { currentLives: 0, nextRegenAt: new Date('2026-11-24T10:30:00Z') };
    expect(problemOfRefusal({ ok: false, reason: 'no-lives', lives })).toEqual({
      type: 'urn:gamekeeper:refusal:no-lives',
      title: 'No lives left',
      status: 409,
      reason: 'no-lives',
      nextLifeAt: '2026-11-24T10:30:00.000Z',
    });
  });

  it.each([
    ['expired', 409],
    ['already-completed', 409],
    ['at-maximum', 409],
    ['unknown-session', 404],
  ] as const)('maps %s to %i', (reason, status) => {
    expect(problemOfRefusal({ ok: false, reason })).toMatchObject({ status, reason });
  });

  it('refuses a result that is none', () => {
    const given = problemOfRefusal as (given: unknown) => unknown;
    expect(() => given({ ok: true, reason: 'no-lives' })).toThrow(
      'Option refusal.ok must be false; got true.',
    );
    expect(() => given({ ok: false, reason: 'constructor' })).toThrow('must be one of no-lives, expired');
  });
});

describe('problemResponse', () => {
  it('is what RFC 9457 asks for', async () => {
    const response = problemResponse(problemOf(new UnknownBoardError('daily', ['global'])));
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'UNKNOWN_BOARD' });
  });
});
