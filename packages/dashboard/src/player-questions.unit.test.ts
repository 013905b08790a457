import { awardId, sessionId, userId } from '@gamekeeper/core';
import { testHost, type TestHost } from '@gamekeeper/testkit/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboard } from './dashboard.ts';

const ann = userId('ann');
let test: TestHost;

/** A streak that a protection keeps for one night and that breaks the next, and many names. */
beforeAll(async () => {
  test = await testHost({ now: '2026-11-20T10:00:00Z', rules: { streaks: { initialProtections: 1 } } });
  const { host } = test;
  await host.gameplay.startQuiz({ userId: ann, username: '<b>Ann</b>', sessionId: sessionId('q1') });
  await host.gameplay.completeQuiz({ sessionId: sessionId('q1'), xp: 10 });
  await test.advance({ days: 5 });
  for (let name = 1; name <= 30; name += 1)
    await host.players.rename(ann, `<i>Ann ${name}</i>`, {
      by: 'eve',
      reason: 'ticket',
      id: String(100 + name),
    });
  await host.gameplay.startQuiz({ userId: userId('bob'), sessionId: sessionId('q2') });
  await host.gameplay.completeQuiz({ sessionId: sessionId('q2'), xp: 10 });
  await test.advance({ hours: 20 });
});
afterAll(() => test.stop());

async function pageAt(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const handle = dashboard(test.host, { access: () => 'read' });
  const response = await handle(new Request(`http://localhost${path}`));
  return { status: response.status, text: await response.text() };
}

/** The address behind a link with this text. */
function linkIn(text: string, words: string): string | undefined {
  return new RegExp(`href="([^"]+)"\\s*>${words}<`).exec(text)?.[1]?.replaceAll('&#38;', '&');
}

describe('why', () => {
  it('says what happened to a player, page by page, with links to the runs', async () => {
    const first = await pageAt('/player?user=ann');
    expect(first.text).toContain('The name was changed to &#60;i&#62;Ann 30&#60;/i&#62;');
    expect(first.text).not.toContain('<i>');
    expect(first.text).not.toContain('broke at the tick');
    const earlier = linkIn(first.text, 'Earlier')!;
    const { text } = await pageAt(earlier);
    expect(text).toMatch(/The streak of 1 broke at the tick 2026-11-24T00:00Z: the last quiz was at/);
    expect(text).toMatch(/A protection was used for 2026-11-22 at the tick 2026-11-23T00:00Z, 0 left/);
    expect(text).toContain('rules.streaks.breakAfterHours');
    expect(linkIn(text, 'streak-update')).toBe('/run?job=streak-update&tick=2026-11-24T00%3A00%3A00Z');
    expect(linkIn(text, 'Earlier')).toBeUndefined();
    const changes = (page: string): number => page.split('The name was changed').length - 1;
    expect(changes(first.text) + changes(text)).toBe(30);
  });

  it('says that nothing is known', async () => {
    expect((await pageAt('/player?user=nobody')).text).toContain('Nothing is known about this player.');
  });
});

describe('sessions', () => {
  it('lists those of a player, page by page, with open ones', async () => {
    const { host } = test;
    const eve = userId('eve');
    for (let quiz = 1; quiz <= 12; quiz += 1) {
      const id = sessionId(`eve-${String(quiz).padStart(2, '0')}`);
      await host.gameplay.startQuiz({ userId: eve, sessionId: id });
      await test.advance({ minutes: quiz === 12 ? 5 : 40 });
    }
    const first = await pageAt('/player?user=eve');
    expect(first.text).toMatch(/eve-12<[^]*?open[^]*?eve-11<[^]*?expired/);
    expect(first.text).not.toContain('eve-02<');
    const { text } = await pageAt(linkIn(first.text, 'Older sessions')!);
    expect(text).toMatch(/eve-02<[^]*eve-01</);
    expect(linkIn(text, 'Older sessions')).toBeUndefined();
    await test.advance({ minutes: 20 });
    expect((await pageAt('/player?user=eve')).text).toContain('over for 15 min: the next cleanup expires it');
    expect((await pageAt('/player?user=nobody')).text).toContain('No session of this player is stored.');
  });
});

describe('awards', () => {
  it('lists those of a player, page by page', async () => {
    const { host } = test;
    for (let quiz = 1; quiz <= 12; quiz += 1) {
      const id = awardId(`quiz-${String(quiz).padStart(2, '0')}`);
      await host.gameplay.awardXp({ awardId: id, userId: userId('fay'), amount: 1_000 + quiz });
      await test.advance({ minutes: 1 });
    }
    const first = await pageAt('/player?user=fay');
    expect(first.text).toMatch(/quiz-12<[^]*?1,012<[^]*?quiz-11</);
    expect(first.text).not.toMatch(/quiz-02<\/code>[^]*Earlier awards/);
    const earlier = linkIn(first.text, 'Earlier awards')!;
    const { text } = await pageAt(earlier);
    // Also where the first page has just been read.
    const handle = dashboard(test.host, { access: () => 'read' });
    const read = async (path: string) => (await handle(new Request(`http://localhost${path}`))).text();
    expect(await read('/player?user=fay')).toContain('quiz-12<');
    expect(await read(earlier)).toContain('quiz-02<');
    expect(text).toMatch(/quiz-02<[^]*?1,002<[^]*?quiz-01</);
    expect(linkIn(text, 'Earlier awards')).toBeUndefined();
    expect((await pageAt('/player?user=nobody')).text).toContain('No award of this player is stored.');
  });
});

describe('what if', () => {
  it('counts and shows whom the next tick would treat differently', async () => {
    const form = await pageAt('/what-if');
    expect(form.text).toContain('name="breakAfterHours"');
    expect(form.text).not.toContain('treated differently');
    const { text } = await pageAt('/what-if?job=streak-update&breakAfterHours=12');
    expect(text).toContain('1 player would be treated differently');
    expect(text).toMatch(/href="\/player\?user=bob"[^]*kept[^]*protected/);
    expect(linkIn(form.text, 'life-regeneration')).toBe('/what-if?job=life-regeneration');
    const lives = await pageAt('/what-if?job=life-regeneration&regenMinutes=20');
    expect(lives.text).toMatch(/players given[^]*players refilled/);
    expect((await test.host.streaks.read(userId('bob'))).currentStreak).toBe(1);
  });

  it.each([
    '/what-if?job=session-cleanup',
    '/what-if?job=toString',
    '/what-if?job=streak-update&breakAfterHours=soon',
    '/what-if?job=streak-update&breakAfterHours=0',
    '/what-if?job=streak-update&breakAfterHours=36&tick=2026-11-24T00:00:01Z',
    '/player?user=ann&before=yesterday',
  ])('refuses %s', async (path) => {
    expect((await pageAt(path)).status).toBe(400);
  });

  it('is linked from the jobs whose rules can be tried', async () => {
    expect((await pageAt('/job?job=streak-update')).text).toContain('/what-if?job=streak-update');
    expect((await pageAt('/job?job=session-cleanup')).text).not.toContain('/what-if');
  });
});
