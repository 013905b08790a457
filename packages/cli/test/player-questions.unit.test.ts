import { sessionId, userId } from '@gamekeeper/core';
import { describe, expect, it } from 'vitest';
import { cli, json } from './cli.ts';
import { Game } from './game.ts';

async function played(): Promise<Game> {
  const game = new Game();
  const host = await game.backend();
  await host.gameplay.startQuiz({ userId: userId('ada'), sessionId: sessionId('q1'), username: 'Ada' });
  await host.gameplay.completeQuiz({ sessionId: sessionId('q1'), xp: 10 });
  game.clock.jumpTo('2026-11-24T11:40:00Z');
  await host.players.rename(userId('ada'), 'A\u001b[31m', { by: 'eve', reason: 'ticket 1207', id: 'op' });
  game.clock.jumpTo('2026-11-26T13:00:00Z');
  await host.stop();
  return game;
}

describe('explain', () => {
  it('shows what happened to a player, without control characters of names', async () => {
    const { code, out } = await cli('explain ada', { config: (await played()).config() });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "2026-11-24 11:40Z  players.rename
        The name was changed to A at 2026-11-24T11:40Z by eve (ticket 1207).
      2026-11-24 11:30Z  gameplay.awardXp
        10 XP were earned at 2026-11-24T11:30Z (award quiz:q1).
      2026-11-24 11:30Z  gameplay.completeQuiz
        The quiz q1, which was started at 2026-11-24T11:30Z and spent a life, was completed at 2026-11-24T11:30Z.
      "
    `);
  });

  it('has pages, and the fields of the entries as JSON', async () => {
    const config = (await played()).config();
    const first = await json('explain ada --limit 1', { config });
    expect(first).toMatchObject({
      player: 'ada',
      entries: [
        {
          kind: 'adjusted',
          id: 'adjusted:op',
          at: '2026-11-24T11:40:00.000Z',
          source: 'players.rename',
          by: 'eve',
          text: expect.stringContaining('by eve (ticket 1207)') as string,
        },
      ],
    });
    const next = 'explain ada --before 2026-11-24T11:30:00Z --before-id xp:quiz:q1';
    expect(await json(next, { config })).toMatchObject({ entries: [{ id: 'quiz:q1' }] });
    expect(await json('explain ada --before 2026-11-24T11:30:00Z', { config })).toMatchObject({
      entries: [],
    });
  });

  it('says that nothing is known, and refuses what is no page', async () => {
    const config = (await played()).config();
    expect((await cli('explain nobody', { config })).out).toBe('nothing is known about player nobody\n');
    expect((await cli('explain ada --limit 1001', { config })).code).toBe(2);
    expect((await cli('explain ada --before yesterday', { config })).code).toBe(2);
  });
});

describe('what-if', () => {
  it('shows counts and players, and changes nothing', async () => {
    const game = await played();
    const config = game.config();
    const line = 'what-if streak-update --rule breakAfterHours=72 --tick 2026-11-27T00:00:00Z';
    const { code, out } = await cli(line, { config });
    expect(code).toBe(0);
    expect(out).toMatchInlineSnapshot(`
      "streak-update at 2026-11-27 00:00Z with breakAfterHours 72 instead of 48

      PLAYERS    NOW  WITH THESE RULES
      protected    1                 0
      broken       0                 0

      1 player would be treated differently

      PLAYER  BEFORE                                                NOW        WITH THESE RULES
      ada     streak 1, 2 protections, last quiz 2026-11-24 11:30Z  protected  kept
      "
    `);
    expect(await json(line, { config })).toMatchObject({
      job: 'streak-update',
      tick: '2026-11-27T00:00:00.000Z',
      rules: { current: { breakAfterHours: 48 }, proposed: { breakAfterHours: 72 } },
      current: { protected: 1, broken: 0 },
      proposed: { protected: 0, broken: 0 },
      differing: 1,
      sample: [{ userId: 'ada', current: 'protected', proposed: 'kept' }],
    });
    expect((await cli(line, { config })).out).toBe(out);
  });

  it('shows lives with their timers', async () => {
    const config = (await played()).config();
    const { out } = await cli('what-if life-regeneration -r regenMinutes=20 -r maxLives=6', { config });
    expect(out).toMatchInlineSnapshot(`
      "life-regeneration at 2026-11-26 13:30Z with maxLives 6 instead of 5, regenMinutes 20 instead of 30

      PLAYERS   NOW  WITH THESE RULES
      given       1                 1
      refilled    1                 0

      1 player would be treated differently

      PLAYER  BEFORE   NOW                                   WITH THESE RULES
      ada     4 lives  5 lives, next from 2026-11-26 14:00Z  5 lives, next from 2026-11-26 13:50Z
      "
    `);
  });

  it.each([
    ['what-if streak-update --rule breakAfter=36', 2, 'breakAfter'],
    ['what-if streak-update --rule breakAfterHours=x', 2, 'Expected a rule such as breakAfterHours=36'],
    ['what-if streak-update', 2, '--rule'],
    ['what-if greeting --rule breakAfterHours=36', 2, 'cannot be tried on the job greeting'],
  ])('refuses %s', async (line, code, text) => {
    const said = await cli(line, { config: (await played()).config() });
    expect(said.code).toBe(code);
    expect(said.err).toContain(text);
  });
});
