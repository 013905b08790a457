import { engineTokens, type ActionLog } from '@gamekeeper/core/ports';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dashboard, type Access } from '../src/index.ts';
import { describeWithChromium, findings, launchChromium, overflow, serve } from './browser.ts';
import { hostile, tellStory, type Story } from './story.ts';

const user = encodeURIComponent(hostile.user);
const tick = '2026-11-27T10:00:00Z';

/** Every view, by the name of its picture. */
const views: Readonly<Record<string, string>> = {
  now: '/ops',
  ticks: '/ops/ticks',
  'ticks-7d': '/ops/ticks?zoom=7d',
  'ticks-90d': '/ops/ticks?zoom=90d',
  span: '/ops/span?job=session-cleanup&from=2026-11-27T00:00:00Z',
  run: `/ops/run?job=daily-mails&tick=${tick}`,
  failed: '/ops/run?job=report&tick=2026-11-27T01:30:00Z',
  job: '/ops/job?job=daily-mails',
  zone: '/ops/job?job=report',
  boards: '/ops/boards',
  board: '/ops/board?board=weekly',
  player: `/ops/player?user=${user}`,
  session: '/ops/session?id=q1',
  'what-if': '/ops/what-if?job=streak-update&breakAfterHours=12',
  form: '/ops/act?action=pause&job=report',
  actions: '/ops/actions',
};

describeWithChromium('the dashboard in a browser', () => {
  let story: Story;
  let server: Awaited<ReturnType<typeof serve>>;
  let browser: Browser;
  let access: Access;
  const problems: string[] = [];
  const contexts = new Map<string, BrowserContext>();

  beforeAll(async () => {
    story = await tellStory();
    // A page is read at most once in some seconds, so each visitor gets a dashboard that has read nothing.
    server = await serve((request) =>
      dashboard(story.test.host, { basePath: '/ops', access: () => access })(request),
    );
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await story?.test.stop();
  });
  beforeEach(() => {
    access = { may: 'actions', who: 'Zoë <ops>' };
    problems.length = 0;
  });
  async function withPage<Result>(
    options: BrowserContextOptions,
    work: (page: Page) => Promise<Result>,
  ): Promise<Result> {
    const key = JSON.stringify(options);
    const context =
      contexts.get(key) ?? (await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options }));
    contexts.set(key, context);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (line) => {
      // The browser itself notes every response that is an error.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource'))
        problems.push(line.text());
    });
    try {
      const result = await work(page);
      expect(problems).toEqual([]);
      return result;
    } finally {
      await page.close();
    }
  }

  const visit = (page: Page, path: string) => page.goto(`${server.url}${path}`);
  const heading = (page: Page) => page.locator('h1').innerText();
  const log = () => story.test.host.container.get<ActionLog>(engineTokens.actionLog.symbol);

  it.each(Object.entries(views))(
    'shows %s without a finding of axe-core, light, dark and on a small screen, and hostile names as text',
    async (_name, path) => {
      await withPage({}, async (page) => {
        await visit(page, path);
        for (const colorScheme of ['light', 'dark'] as const) {
          // Not in the middle of a change of colours.
          await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
          expect(await findings(page)).toEqual([]);
        }
        expect(await page.title()).not.toBe('owned');
        expect(await page.locator('main img, main script, [onload], [onerror]').count()).toBe(0);
        await page.setViewportSize({ width: 380, height: 700 });
        expect(await overflow(page)).toBe(0);
      });
    },
  );

  it('takes its colours from the system', async () => {
    const back = (colorScheme: 'light' | 'dark') =>
      withPage({ colorScheme }, async (page) => {
        await visit(page, '/ops');
        return page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      });
    expect([await back('light'), await back('dark')]).toEqual(['rgb(252, 252, 251)', 'rgb(22, 23, 21)']);
  });

  it('shows the hostile name itself', async () => {
    await withPage({}, async (page) => {
      await visit(page, views['player']!);
      expect(await heading(page)).toContain('<img src=x onerror=');
    });
  });

  describe('without JavaScript', () => {
    it.each(Object.entries(views))('shows %s whole', async (_name, path) => {
      await withPage({ javaScriptEnabled: false }, async (page) => {
        await visit(page, path);
        expect((await page.locator('main').innerText()).length).toBeGreaterThan(50);
      });
    });

    it('follows a cell to its run, and pauses and resumes a job', async () => {
      await withPage({ javaScriptEnabled: false }, async (page) => {
        await visit(page, '/ops/ticks');
        await page.locator('a.cell.failed').first().click();
        expect(await heading(page)).toContain('report at 2026-11-27 01:30');
        await page.locator('.crumbs a').click();
        await page.getByRole('link', { name: 'Pause the job…' }).click();
        await page.getByLabel('Why').fill('INC-1');
        await page.getByRole('button', { name: 'Pause the job' }).click();
        expect(await page.locator('main').innerText()).toMatch(/done[^]*INC-1[^]*paused on all instances/);
        await visit(page, '/ops/job?job=report');
        await page.getByRole('link', { name: 'Resume the job…' }).click();
        await page.getByLabel('Why').fill('INC-1 is over');
        await page.getByRole('button', { name: 'Resume the job' }).click();
        expect(await page.locator('main').innerText()).toContain('resumed');
      });
    });
  });

  describe('with JavaScript', () => {
    it('follows links without loading the whole page, and goes back', async () => {
      await withPage({}, async (page) => {
        await visit(page, '/ops');
        await page.evaluate('window.stays = true');
        await page.getByRole('link', { name: 'Ticks', exact: true }).click();
        await page.getByRole('heading', { level: 1, name: 'Ticks' }).waitFor();
        expect(new URL(page.url()).pathname).toBe('/ops/ticks');
        expect(await page.locator('nav a[aria-current=page]').innerText()).toBe('Ticks');
        await page.goBack();
        await page.getByRole('heading', { level: 1, name: 'Now' }).waitFor();
        expect(await page.evaluate('window.stays')).toBe(true);
      });
    });

    it('moves in the matrix with arrow keys, and opens a cell with Enter', async () => {
      await withPage({}, async (page) => {
        await visit(page, '/ops/ticks');
        const stops = page.locator('.matrix a.cell[tabindex="0"]');
        expect(await stops.count()).toBe(1);
        await stops.focus();
        const focused = () => page.evaluate<string>('document.activeElement.getAttribute("aria-label")');
        const first = await focused();
        await page.keyboard.press('ArrowLeft');
        expect(await focused()).not.toBe(first);
        await page.keyboard.press('ArrowRight');
        expect(await focused()).toBe(first);
        await page.keyboard.press('ArrowDown');
        expect(await page.evaluate('document.activeElement.closest("tr").rowIndex')).toBe(2);
        await page.keyboard.press('End');
        await page.keyboard.press('Home');
        expect(await stops.count()).toBe(1);
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1, name: / at \d{4}/ }).waitFor();
      });
    });

    it('is used by keyboard alone, from the first key to a paused job', async () => {
      await withPage({}, async (page) => {
        await visit(page, '/ops/job?job=ping');
        await page.keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
        const tabTo = async (name: string): Promise<void> => {
          for (let presses = 0; presses < 40; presses += 1) {
            if ((await page.evaluate<string>('document.activeElement.textContent')).startsWith(name)) return;
            await page.keyboard.press('Tab');
          }
          throw new Error(`Tab never reaches ${name}`);
        };
        await tabTo('Pause the job');
        await page.keyboard.press('Enter');
        await page.getByRole('heading', { level: 1, name: 'Pause the job' }).waitFor();
        expect(await page.evaluate('document.activeElement.id')).toBe('main');
        await page.keyboard.press('Tab');
        await page.keyboard.type('by keyboard');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        await page.getByText('paused on all instances').waitFor();
        expect((await log().list({ limit: 1 }))[0]).toMatchObject({
          who: 'Zoë <ops>',
          reason: 'by keyboard',
        });
        await story.test.host.resume('ping');
      });
    });

    it('follows what happens, keeps the focus, and can be stopped', async () => {
      await withPage({}, async (page) => {
        await visit(page, '/ops');
        await page.evaluate('document.getElementById("main").dataset.refresh = "50"');
        const link = page.locator('main table a').first();
        await link.focus();
        await story.test.host.pause('daily-mails');
        await page.evaluate('dispatchEvent(new Event("visibilitychange"))');
        await page.locator('tr', { hasText: 'daily-mails' }).getByText('paused').waitFor();
        expect(await page.evaluate('document.activeElement.textContent')).toBe('life-regeneration');
        await page.getByRole('button', { name: 'Pause updates' }).click();
        expect(await page.getByRole('button', { name: 'Resume updates' }).count()).toBe(1);
        await story.test.host.resume('daily-mails');
      });
    });

    it('is told by the server that the page has changed', async () => {
      await withPage({}, async (page) => {
        const told = page.waitForResponse((response) => response.url().includes('/ops/events?of='));
        await visit(page, '/ops');
        expect((await told).headers()['content-type']).toContain('text/event-stream');
        const read = page.waitForResponse((response) => new URL(response.url()).pathname === '/ops');
        expect((await read).status()).toBe(200);
      });
    });

    it('offers to stop updates only where there are any', async () => {
      await withPage({}, async (page) => {
        await visit(page, '/ops/act?action=pause&job=report');
        expect(await page.getByRole('button', { name: 'Pause updates' }).isVisible()).toBe(false);
        await visit(page, '/ops');
        expect(await page.getByRole('button', { name: 'Pause updates' }).isVisible()).toBe(true);
      });
    });

    it('says what a cell means when it is pointed at', async () => {
      await withPage({}, async (page) => {
        await visit(page, '/ops/ticks');
        const cell = page.locator('a.cell.failed').first();
        await cell.hover();
        expect(await cell.getAttribute('title')).toContain('2026-11-27 01:30 failed, error: ');
      });
    });
  });

  describe('actions', () => {
    async function act(page: Page, path: string, link: string, why: string): Promise<string> {
      await visit(page, path);
      await page.getByRole('link', { name: link }).first().click();
      await page.getByLabel('Why').fill(why);
      await page.locator('main form button').click();
      await page.locator('main pre').waitFor();
      return page.locator('main').innerText();
    }

    it('retries failed items, tries a tick, fills a span and recalculates', async () => {
      await withPage({}, async (page) => {
        expect(await act(page, views['run']!, 'Retry failed items…', 'too early')).toContain(
          '1 failed again',
        );
        story.script.poisoned = [];
        story.script.isBroken = false;
        expect(await act(page, views['run']!, 'Retry failed items…', 'mended')).toContain(
          '1 item succeeded, 0 failed',
        );
        expect(await act(page, views['run']!, 'Dry run…', '')).toContain('Nothing was changed');
        expect(await act(page, views['failed']!, 'Run this tick…', 'mended')).toContain('succeeded after');
        const span = '/ops/span?job=ping&from=2026-11-26T10:30:00Z&to=2026-11-26T12:00:00Z';
        expect(await act(page, span, 'Run what is missing…', 'the pause is over')).toContain(
          'ran now, 0 of them failed',
        );
        expect(await act(page, '/ops/boards', 'Recalculate…', 'to be sure')).toContain('Repaired: 0 missing');
        await visit(page, '/ops/actions');
        const rows = await page.locator('tbody tr').allInnerTexts();
        expect(rows.filter((row) => row.includes('mended'))).toHaveLength(2);
      });
    });

    it('act once when a button is pressed twice', async () => {
      await withPage({ javaScriptEnabled: false }, async (page) => {
        await visit(page, '/ops/act?action=recalculate&board=weekly');
        await page.getByLabel('Why').fill('pressed twice');
        await page.locator('main form button').dblclick();
        await page.locator('main pre').waitFor();
        const twice = (await log().list({ limit: 100 })).filter(({ reason }) => reason === 'pressed twice');
        expect(twice).toHaveLength(1);
      });
    });

    it('are not offered to those who may only look, and refused', async () => {
      access = 'read';
      await withPage({}, async (page) => {
        for (const path of ['/ops/job?job=report', views['run']!, '/ops/boards']) {
          await visit(page, path);
          expect(await page.locator('main a.button').count()).toBe(0);
        }
        expect((await visit(page, views['form']!))!.status()).toBe(403);
        expect(await heading(page)).toBe('Not allowed');
      });
    });

    it('are refused when another site sends the form', async () => {
      const before = await log().list({ limit: 100 });
      const evil = await serve(async () => {
        const fields = { action: 'pause', job: 'report', reason: 'evil', key: 'a-key-of-another-site' };
        const inputs = Object.entries(fields).map(
          ([name, value]) => `<input name="${name}" value="${value}">`,
        );
        const form = `<form method="post" action="${server.url}/ops/act">${inputs.join('')}<button>Win</button></form>`;
        return new Response(`<!doctype html><title>Win</title>${form}`, {
          headers: { 'content-type': 'text/html', 'referrer-policy': 'unsafe-url' },
        });
      });
      await withPage({}, async (page) => {
        // Another port is another origin, and another name another site.
        for (const url of [evil.url, evil.url.replace('127.0.0.1', 'localhost')]) {
          await page.goto(url);
          const [response] = await Promise.all([
            page.waitForResponse((one) => one.url().endsWith('/ops/act')),
            page.getByRole('button').click(),
          ]);
          expect(response.status()).toBe(403);
        }
      });
      await evil.close();
      expect(await log().list({ limit: 100 })).toEqual(before);
    });
  });

  it('is closed without rights, and says how to open it', async () => {
    access = 'none';
    await withPage({}, async (page) => {
      for (const path of Object.values(views)) {
        expect((await visit(page, path))!.status()).toBe(403);
        expect(await page.locator('main').innerText()).toContain('access');
      }
      expect(await findings(page)).toEqual([]);
    });
  });

  it.runIf(process.env['DASHBOARD_PICTURES'] === '1')('draws the pictures of docs/dashboard.md', async () => {
    const folder = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
    await mkdir(folder, { recursive: true });
    const fresh = await tellStory();
    const shown = await serve(dashboard(fresh.test.host, { access: () => ({ may: 'actions', who: 'Ada' }) }));
    const pictures = {
      now: '/',
      ticks: '/ticks?zoom=24h',
      run: `/run?job=daily-mails&tick=${tick}`,
      zone: '/job?job=report',
      boards: '/boards',
    };
    for (const [name, path] of Object.entries(pictures))
      for (const colorScheme of name === 'ticks' ? (['light', 'dark'] as const) : (['light'] as const))
        await withPage({ colorScheme, viewport: { width: 1280, height: 660 } }, async (page) => {
          await page.goto(`${shown.url}${path}`);
          const suffix = colorScheme === 'dark' ? '-dark' : '';
          await page.screenshot({ path: `${folder}dashboard-${name}${suffix}.png` });
        });
    await shown.close();
    await fresh.test.stop();
  });
});
