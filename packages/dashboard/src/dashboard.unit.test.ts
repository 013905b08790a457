import { awardId, userId } from '@gamekeeper/core';
import {
  engineTokens,
  gameTokens,
  type ActionLog,
  type LeaderboardCache,
  type PeriodRepository,
} from '@gamekeeper/core/ports';
import { memoryAdapters } from '@gamekeeper/testkit';
import { testHost } from '@gamekeeper/testkit/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostile, tellStory, type Story } from '../test/story.ts';
import { dashboard } from './dashboard.ts';
import type { Access } from './web/access.ts';

const origin = 'http://localhost';
let story: Story;

beforeAll(async () => {
  story = await tellStory();
});
afterAll(async () => {
  await story.test.stop();
});

/** Asks a new dashboard, which has read nothing yet. */
function ask(path: string, { access = 'read', ...init }: RequestInit & { readonly access?: Access } = {}) {
  const handle = dashboard(story.test.host, { basePath: '/ops', access: () => access });
  return handle(new Request(`${origin}${path}`, init));
}

async function pageAt(path: string, access: Access = 'actions'): Promise<string> {
  const response = await ask(path, { access });
  expect([path, response.status]).toEqual([path, 200]);
  return response.text();
}

const pages = [
  '/ops',
  '/ops/',
  '/ops/ticks',
  ...['6h', '24h', '3d', '7d', '30d', '90d', 'unknown'].map((zoom) => `/ops/ticks?zoom=${zoom}`),
  '/ops/ticks?around=2026-11-25T00:00:00Z',
  '/ops/span?job=report&from=2026-11-20T00:00:00Z',
  '/ops/span?job=unheard-of&from=2026-11-20T00:00:00Z',
  '/ops/run?job=daily-mails&tick=2026-11-27T10:00:00Z',
  '/ops/run?job=daily-mails&tick=2026-11-27T10:00:01Z',
  '/ops/run?job=report&tick=2026-11-27T01:30:00Z',
  '/ops/run?job=ping&tick=2026-11-26T11:00:00Z',
  '/ops/job?job=daily-mails',
  '/ops/job?job=report&after=2026-12-24T00:00:00Z',
  '/ops/job?job=unheard-of',
  '/ops/boards',
  '/ops/board?board=weekly',
  `/ops/board?board=global&user=${encodeURIComponent(hostile.user)}`,
  '/ops/player',
  `/ops/player?user=${encodeURIComponent(hostile.user)}`,
  '/ops/player?user=unheard-of',
  '/ops/session?id=q1',
  '/ops/session?id=unheard-of',
  '/ops/player?user=ann&before=2026-11-24T00:00:00Z&entry=streak',
  '/ops/what-if',
  '/ops/what-if?job=streak-update&breakAfterHours=1',
  '/ops/what-if?job=life-regeneration&regenMinutes=20&maxLives=9',
  '/ops/actions',
];

describe('the dashboard', () => {
  it.each(pages)('shows %s, whole and without anything that needs a script', async (path) => {
    const text = await pageAt(path);
    expect(text).toMatch(/^<!doctype html>\n<html lang="en">[^]*<\/html>\s*$/);
    expect(text.match(/<h1>/g)).toHaveLength(1);
    expect(text).not.toMatch(/undefined|\[object|NaN|Invalid Date| style=| on[a-z]+="/);
  });

  it.each([...pages, '/ops/assets/style.css', '/ops/unheard-of', '/elsewhere'])(
    'sends headers with %s that let nothing else in',
    async (path) => {
      const { headers } = await ask(path);
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cache-control')).toBe('no-store');
    },
  );

  it.each(pages)('shows hostile names and errors on %s as text, and no secrets', async (path) => {
    expect(await pageAt(path)).not.toMatch(/<img|<svg onload|<script>|s3cret/);
  });

  it('shows them whole', async () => {
    expect(await pageAt(`/ops/player?user=${encodeURIComponent(hostile.user)}`)).toContain('&#60;img src=x');
    expect(await pageAt('/ops/run?job=daily-mails&tick=2026-11-27T10:00:00Z')).toContain('&#60;svg onload');
  });

  it('says what should have run and did not', async () => {
    const now = await pageAt('/ops');
    expect(now).toMatch(/session-cleanup[^]*paused/);
    const cleanup = await pageAt('/ops/span?job=session-cleanup&from=2026-11-27T00:00:00Z');
    expect(cleanup.match(/> owed/g)!.length).toBeGreaterThanOrEqual(5);
    const ping = await pageAt('/ops/run?job=ping&tick=2026-11-26T11:00:00Z');
    expect(ping).toContain('missed');
    const matrix = await pageAt('/ops/ticks?zoom=24h');
    for (const state of ['failed', 'owed', 'succeeded', 'idle', 'ahead'])
      expect(matrix).toContain(`class="cell ${state}"`);
  });

  it('shows what recalculations repaired, in numbers', async () => {
    const test = await testHost();
    const { host } = test;
    const players = ['ann', 'bob'].map((name) => userId(name));
    for (const who of players) await host.gameplay.awardXp({ awardId: awardId(who), userId: who, amount: 5 });
    await test.advance({ hours: 2 });
    const cache = host.container.get<LeaderboardCache>(gameTokens.leaderboardCache.symbol);
    const periods = host.container.get<PeriodRepository>(gameTokens.periods.symbol);
    const board = host.leaderboards.boards.find(({ key }) => key === 'weekly')!;
    const { period } = await periods.periodAt(board, test.clock.now());
    await cache.drop({ board, period });
    await test.advance({ hours: 1 });
    const handle = dashboard(host, { access: () => 'read' });
    const text = await (await handle(new Request(`${origin}/boards`))).text();
    expect(text).toMatch(/newest 2, most 2; 1 of \d recalculations repaired something/);
    expect(text).toMatch(/Repaired members<[^]*run\?job=leaderboard-recalculation[^]*>2</);
    await test.stop();
  });

  it('shows the log lines about a run, without secrets', async () => {
    const run = await pageAt('/ops/run?job=daily-mails&tick=2026-11-27T10:00:00Z');
    expect(run).toMatch(/>Log<[^]*run started attempt=1[^]*item failed[^]*run succeeded attempt=1/);
    const quiet = await testHost({ engine: { keptLogLines: 0 } });
    await quiet.advance({ hours: 1 });
    const { jobs } = await quiet.host.health();
    const { lastSuccessTick } = jobs.find(({ job }) => job === 'life-regeneration')!;
    const handle = dashboard(quiet.host, { access: () => 'read' });
    const path = `/run?job=life-regeneration&tick=${lastSuccessTick!.toISOString()}`;
    expect(await (await handle(new Request(`${origin}${path}`))).text()).toContain('keeps no log lines');
    await quiet.stop();
  });

  it.each([
    '/ops/ticks?around=9999-12-31T00:00:00Z&zoom=90d',
    '/ops/ticks?around=1900-01-01T00:00:00Z&zoom=90d',
    '/ops/ticks?around=0000-01-01T00:00:00Z',
    '/ops/span?job=daily-mails&from=1900-01-01T00:00:00Z&to=9999-12-31T00:00:00Z',
    '/ops/span?job=daily-mails&from=2026-11-27T00:00:00Z&to=2026-11-26T00:00:00Z',
    '/ops/run?job=daily-mails&tick=9999-12-31T23:00:00Z',
    '/ops/job?job=report&after=9999-01-01T00:00:00Z',
    '/ops/job?job=report&after=1900-01-01T00:00:00Z',
  ])('shows %s, far from now, soon and with a limit', async (path) => {
    expect((await pageAt(path)).length).toBeLessThan(1_000_000);
  });

  it('has one page for its base path, and none outside of it', async () => {
    expect((await ask('/opsx')).status).toBe(404);
    expect((await ask('/')).status).toBe(404);
    expect((await ask('/ops/constructor')).status).toBe(404);
    expect((await ask('/ops/assets/constructor')).status).toBe(404);
  });

  it('answers HEAD without a body, and refuses other methods', async () => {
    const head = await ask('/ops/ticks', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await ask('/ops/ticks', { method, access: 'actions' })).status).toBe(405);
  });

  it('sends a page once to whoever has it', async () => {
    const handle = dashboard(story.test.host, { access: () => 'read' });
    const first = await handle(new Request(`${origin}/ticks`));
    const again = (etag: string) =>
      handle(new Request(`${origin}/ticks`, { headers: { 'if-none-match': etag } }));
    const etag = first.headers.get('etag')!;
    expect([(await again(etag)).status, (await again(`W/${etag}`)).status]).toEqual([304, 304]);
    expect((await again('"other"')).status).toBe(200);
  });

  it.each([
    ['/ops/events', 400],
    ['/ops/events?of=/elsewhere', 404],
    ['/ops/events?of=/ops/act', 404],
    ['/ops/events?of=/ops/run', 400],
    ['/ops/run?job=daily-mails', 400],
    ['/ops/run?job=daily-mails&tick=yesterday', 400],
    ['/ops/run?job=%00&tick=2026-11-27T10:00:00Z', 400],
    [`/ops/job?job=${'x'.repeat(600)}`, 400],
    ['/ops/job', 400],
    ['/ops/ticks?around=9999999999999999', 400],
    ['/ops/ticks?around=%2B275760-09-13T00:00:00Z', 400],
    ['/ops/ticks?around=-271821-04-20T00:00:00Z', 400],
    ['/ops/session', 400],
    ['/ops/board?board=unheard-of', 400],
    ['/ops/board?board=weekly&cursor=forged', 400],
    ['/ops/board?board=weekly&period=1999-W01', 400],
    ['/ops/actions?before=1%20or%201', 400],
    ['/ops/action?id=unheard-of', 400],
  ])('refuses %s with a page that says why', async (path, status) => {
    const response = await ask(path);
    expect([response.status, (await response.text()).includes('<h1>')]).toEqual([status, true]);
  });

  it.each([
    ['accesss', { accesss: () => 'read' }],
    ['access', { access: 'read' }],
    ['basePath', { basePath: 'ops' }],
    ['basePath', { basePath: '/ops/' }],
    ['allowedOrigins', { allowedOrigins: ['https://ops.example.org/path'] }],
    ['timeoutMs', { timeoutMs: 0 }],
  ])('refuses a bad %s', (option, options) => {
    expect(() => dashboard(story.test.host, options as object)).toThrow(expect.objectContaining({ option }));
  });
});

describe('rights', () => {
  it('shows nothing without access, and says how to open it', async () => {
    const closed = dashboard(story.test.host, {});
    const response = await closed(new Request(`${origin}/`));
    const text = await response.text();
    expect(response.status).toBe(403);
    expect(text).toContain('access');
    expect(text).not.toContain('daily-mails');
    for (const path of pages) expect((await ask(path, { access: 'none' })).status).toBe(403);
  });

  it('opens nothing when the check fails or returns nonsense', async () => {
    for (const access of [
      () => Promise.reject(new Error('no session store')),
      () => 'admin' as Access,
      () => undefined as unknown as Access,
    ]) {
      const response = await dashboard(story.test.host, { access })(new Request(`${origin}/`));
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain('daily-mails');
    }
  });

  it('offers what may be done, and nothing else', async () => {
    expect(await pageAt('/ops/job?job=daily-mails', 'read')).not.toContain('/ops/act?');
    const some = await pageAt('/ops/job?job=daily-mails', ['pause']);
    expect(some).toContain('action=pause');
    expect(some).not.toContain('action=dry-run');
    expect((await ask('/ops/act?action=pause&job=report', { access: 'read' })).status).toBe(403);
    expect((await ask('/ops/act?action=pause&job=report', { access: ['run'] })).status).toBe(403);
    expect((await ask('/ops/act?action=pause&job=report', { access: ['pause'] })).status).toBe(200);
  });

  it('shares no page with those who may do other things', async () => {
    let access: Access = 'actions';
    const handle = dashboard(story.test.host, { access: () => access });
    const job = () => handle(new Request(`${origin}/job?job=report`)).then((response) => response.text());
    expect(await job()).toContain('action=pause');
    access = 'read';
    expect(await job()).not.toContain('action=pause');
  });
});

describe('two deploys on one store', () => {
  it('shows jobs that only the other one has, with their runs', async () => {
    const old = await tellStory();
    const store = [memoryAdapters(old.test.host.container.get(Symbol.for('@gamekeeper/MemoryStore')))];
    const newer = await testHost({ modules: store, now: old.test.clock.now() });
    const read = async (path: string): Promise<string> => {
      const handle = dashboard(newer.host, { access: () => 'actions' });
      return (await handle(new Request(`${origin}${path}`))).text();
    };
    expect(await read('/')).toMatch(/Jobs of other hosts[^]*daily-mails[^]*every hour[^]*report/);
    expect(await read('/job?job=daily-mails')).toMatch(/not in this host[^]*items failed/);
    expect(await read('/job?job=daily-mails')).not.toContain('action=pause');
    expect(await read('/run?job=daily-mails&tick=2026-11-27T10:00:00Z')).toContain('&#60;svg onload');
    await newer.stop();
    await old.test.stop();
  });
});

describe('a host that is not open', () => {
  it('is said to be so', async () => {
    const test = await testHost({ modules: [memoryAdapters()], start: false });
    await test.stop();
    const response = await dashboard(test.host, { access: () => 'read' })(new Request(`${origin}/`));
    expect([response.status, (await response.text()).includes('stopped')]).toEqual([503, true]);
  });
});

describe('actions', () => {
  const log = () => story.test.host.container.get<ActionLog>(engineTokens.actionLog.symbol);
  const post = (fields: Readonly<Record<string, string>>, init: Parameters<typeof ask>[1] = {}) =>
    ask('/ops/act', {
      method: 'POST',
      access: { may: 'actions', who: 'Zoë <ops>' },
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
      ...init,
    });
  let keys = 0;
  const key = (): string => `key-of-this-test-${(keys += 1)}`;
  const actionOf = async (response: Response) => {
    expect(response.status).toBe(303);
    const id = new URL(response.headers.get('location')!, origin).searchParams.get('id')!;
    const action = (await log().find(id))!;
    expect(await pageAt(`/ops/action?id=${id}`)).toContain(action.status === 'done' ? 'done' : action.status);
    return action;
  };

  it('are offered with a form that has a key of its own', async () => {
    const form = async () => (await ask('/ops/act?action=pause&job=report', { access: 'actions' })).text();
    const keyIn = (text: string): string => /name="key" value="([^"]+)"/.exec(text)![1]!;
    const [one, other] = [await form(), await form()];
    expect(keyIn(one)).toMatch(/^[\w-]{36}$/);
    expect(keyIn(one)).not.toBe(keyIn(other));
  });

  it('pause and resume a job, and store who did it and why', async () => {
    const paused = await actionOf(
      await post({ action: 'pause', job: 'report', reason: 'INC-7', key: key() }),
    );
    expect(paused).toMatchObject({ who: 'Zoë <ops>', reason: 'INC-7', subject: 'report', status: 'done' });
    expect(await pageAt('/ops/job?job=report')).toMatch(/paused[^]*Zoë &#60;ops&#62;[^]*INC-7/);
    expect(await pageAt('/ops')).toContain('INC-7');
    await actionOf(await post({ action: 'resume', job: 'report', reason: 'fixed', key: key() }));
    const { jobs } = await story.test.host.health();
    expect(jobs.find(({ job }) => job === 'report')!.verdict).not.toBe('paused');
  });

  it('act once for each key, however often a form is sent', async () => {
    const fields = { action: 'recalculate', board: 'weekly', reason: 'twice', key: key() };
    const [one, two] = await Promise.all([post(fields), post(fields)]);
    expect(one.headers.get('location')).toBe(two.headers.get('location'));
    await post({ ...fields, board: 'monthly' });
    const twice = (await log().list({ limit: 100 })).filter(({ reason }) => reason === 'twice');
    expect(twice).toMatchObject([{ subject: 'weekly', status: 'done' }]);
  });

  it('run, repeat and retry ticks', async () => {
    const tick = '2026-11-27T10:00:00Z';
    const retried = await actionOf(
      await post({ action: 'retry', job: 'daily-mails', tick, reason: 'again', key: key() }),
    );
    expect(retried).toMatchObject({ status: 'failed' });
    expect(retried.result).toContain('0 items succeeded, 1 failed again');
    story.script.poisoned = [];
    story.script.isBroken = false;
    const fixed = await actionOf(
      await post({ action: 'retry', job: 'daily-mails', tick, reason: 'fixed', key: key() }),
    );
    expect(fixed).toMatchObject({ status: 'done' });
    const span = { from: '2026-11-27T00:00:00Z', to: '2026-11-27T10:00:00Z' };
    const filled = await actionOf(
      await post({ action: 'backfill', job: 'report', ...span, reason: 'fill', key: key() }),
    );
    expect(filled.status).toBe('done');
    expect(filled.result).toContain('1 tick of the span, 1 ran now');
    const done = await actionOf(
      await post({
        action: 'run',
        job: 'report',
        tick: '2026-11-27T01:30:00Z',
        reason: 'once more',
        key: key(),
      }),
    );
    expect(done.result).toContain('recorded as succeeded already');
    const tried = await actionOf(
      await post({ action: 'dry-run', job: 'daily-mails', tick, reason: '', key: key() }),
    );
    expect(tried.result).toContain('Nothing was changed. It would change 2 items');
  });

  it('end as failed with the code of the error', async () => {
    const tick = '2026-11-27T10:00:01Z';
    const failed = await actionOf(
      await post({ action: 'run', job: 'report', tick, reason: 'wrong', key: key() }),
    );
    expect(failed.status).toBe('failed');
    expect(failed.result).toMatch(/^NOT_A_TICK: /);
  });

  it.each<[string, number, Parameters<typeof ask>[1]]>([
    [
      'from another site',
      403,
      { headers: { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' } },
    ],
    ['from nowhere', 403, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
    ['as JSON', 400, { headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' } }],
    ['as plain text', 400, { headers: { 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain' } }],
    ['by somebody who may only look', 403, { access: 'read' }],
    ['by somebody who may do another thing', 403, { access: ['run'] }],
    ['by nobody', 403, { access: 'none' }],
    ['with PUT', 405, { method: 'PUT' }],
  ])('are refused %s, and not stored', async (_how, status, init) => {
    const before = await log().list({ limit: 100 });
    const response = await post({ action: 'pause', job: 'report', reason: 'x', key: key() }, init);
    expect(response.status).toBe(status);
    expect(await log().list({ limit: 100 })).toEqual(before);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ['an unknown action', { action: 'destroy', job: 'report' }],
    ['an unknown job', { action: 'pause', job: 'unheard-of' }],
    ['an unknown board', { action: 'recalculate', board: 'unheard-of' }],
    ['no tick', { action: 'run', job: 'report' }],
    ['a tick that is none', { action: 'run', job: 'report', tick: 'now' }],
    ['no reason', { action: 'pause', job: 'report', reason: '  ' }],
    ['a reason that is too long', { action: 'pause', job: 'report', reason: 'x'.repeat(1_001) }],
    ['a short key', { action: 'pause', job: 'report', key: 'short' }],
    ['a body that is too long', { action: 'pause', job: 'report', more: 'x'.repeat(20_000) }],
  ])('are refused with %s', async (_what, fields) => {
    const before = await log().list({ limit: 100 });
    expect((await post({ reason: 'x', key: key(), ...fields })).status).toBe(400);
    expect(await log().list({ limit: 100 })).toEqual(before);
  });

  it('show a change at once to all who look', async () => {
    const handle = dashboard(story.test.host, { access: () => 'actions' });
    const job = () => handle(new Request(`${origin}/job?job=ping`)).then((response) => response.text());
    expect(await job()).not.toContain('for a test of the cache');
    const body = new URLSearchParams({
      action: 'pause',
      job: 'ping',
      reason: 'for a test of the cache',
      key: key(),
    });
    const headers = { 'sec-fetch-site': 'same-origin' };
    await handle(new Request(`${origin}/act`, { method: 'POST', headers, body }));
    expect(await job()).toContain('for a test of the cache');
  });
});
