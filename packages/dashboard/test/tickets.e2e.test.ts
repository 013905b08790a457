import { dashboard } from '../src/index.ts';
import type { TestHost } from '@gamekeeper/testkit/host';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWithChromium, launchChromium, serve } from './browser.ts';
import { describeWithPostgres, describeWithRedis } from '../../../test/server-suites.ts';
import { makeIncidents, type Incidents } from '../../../test/dashboard-incidents.ts';

const pictures = new URL('../../../docs/images/', import.meta.url);
const docs = readFileSync(new URL('../../../docs/dashboard.md', import.meta.url), 'utf8');

/** What docs/dashboard.md says to click, for a ticket: what is bold in its list. */
function documentedClicks(ticket: string): readonly string[] {
  const section = docs.split('\n### ').find((text) => text.startsWith(ticket));
  if (section === undefined) throw new Error(`docs/dashboard.md has no ticket ${ticket}`);
  const steps = section.split('\n').filter((line) => /^(?:\d+\.|  ) ?/.test(line));
  return [...steps.join(' ').matchAll(/\*\*([^*]+)\*\*/g)].map(([, name]) => name!.replaceAll('`', ''));
}

describeWithRedis('tickets', (redisUrl) =>
  describeWithPostgres('solved', (databaseUrl) =>
    describeWithChromium('in the dashboard, by clicking from the first page on', () => {
      let browser: Browser;
      let page: Page;
      let incidents: Incidents;
      let server: Awaited<ReturnType<typeof serve>> | undefined;
      let clicks: string[] = [];

      beforeAll(async () => {
        browser = await launchChromium();
        page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
        page.setDefaultTimeout(10_000);
        incidents = await makeIncidents({ databaseUrl, redisUrl }, { pauseCleanup });
      }, 300_000);
      afterAll(async () => {
        await browser?.close();
        await server?.close();
        await incidents?.end();
      });
      beforeEach(async () => {
        clicks = [];
        await page.goto(server!.url);
      });

      async function open({ host }: TestHost): Promise<void> {
        server = await serve((request) =>
          dashboard(host, { access: () => ({ may: 'actions', who: 'Ada' }) })(request),
        );
        await page.goto(server.url);
      }

      /** Part of the history: Ada pauses a job before a deploy. */
      async function pauseCleanup(test: TestHost): Promise<void> {
        await open(test);
        await click('session-cleanup');
        await act('Pause the job', 'deploy 412');
        expect(await text()).toContain('paused on all instances');
      }

      const text = () => page.locator('main').innerText();
      const row = (name: string | RegExp) => page.locator('tbody tr', { hasText: name });

      async function click(name: string, place: Locator | Page = page, shown = name): Promise<void> {
        clicks.push(shown);
        const before = page.url();
        await place.getByRole('link', { name, exact: true }).first().click();
        await page.waitForURL((url) => url.href !== before);
      }
      async function clickCell(job: string, words: RegExp, shown: string): Promise<void> {
        clicks.push(shown);
        await row(job).getByRole('link', { name: words }).first().click();
        await page.getByRole('heading', { level: 1, name: / at \d{4}/ }).waitFor();
      }
      /** Opens the form of an action, says why, and sends it. */
      async function act(action: string, why: string, fill?: () => Promise<unknown>): Promise<void> {
        await click(`${action}…`);
        await page.getByLabel('Why').fill(why);
        await fill?.();
        clicks.push(action);
        await page.getByRole('button', { name: action, exact: true }).click();
        await page.locator('main pre').waitFor();
      }
      async function showPlayer(id: string): Promise<void> {
        await click('Players');
        await page.getByLabel('User id').fill(id);
        clicks.push('Show');
        await page.getByRole('button', { name: 'Show' }).first().click();
        await page.getByRole('heading', { level: 2, name: 'Lives' }).waitFor();
      }

      /** Compares the clicks of a ticket with those that its documentation says. */
      function asDocumented(ticket: string): void {
        expect(clicks).toEqual(documentedClicks(ticket));
      }

      it('"Old quizzes stay open"', async ({ task }) => {
        expect(await row('session-cleanup').first().innerText()).toMatch(
          /paused\s+since 2026-10-26 19:10 by Ada: deploy 412[^]*5/,
        );
        await click('Ticks');
        expect(await row('session-cleanup').locator('.owed').count()).toBe(5);
        await click('session-cleanup');
        await act('Resume the job', 'the deploy is long over');
        await incidents.test.settle();
        await click('Ticks');
        expect(await row('session-cleanup').locator('.owed').count()).toBe(0);
        expect(await row('session-cleanup').locator('.caught-up, .late').count()).toBe(5);
        await showPlayer('erin');
        expect(await text()).toMatch(/erins-quiz[^]*?expired\s+2026-10-26 19:10\s+2026-10-26 20:00/);
        asDocumented(task.name);
      });

      it('"The weekly board still shows last week"', async ({ task }) => {
        await click('Boards');
        expect(await text()).toContain('not sealed, 24 h 40 min after its end');
        await click('Ticks');
        await clickCell('leaderboard-reset-weekly', / failed/, 'failed');
        expect(await text()).toContain('No space left on device');
        await incidents.mend('seal');
        await act('Run this tick', 'the disk has space again');
        expect(await text()).toContain('succeeded after');
        await click('Boards');
        expect(await text()).not.toContain('not sealed');
        await click('2026-W43');
        expect(await row('dora').innerText()).toContain('208');
        asDocumented(task.name);
      });

      it('"Everything works but for one player"', async ({ task }) => {
        await click('Ticks');
        await clickCell('life-regeneration', /items failed/, 'items failed');
        await click('mallory');
        await incidents.mend('lives');
        for (let left = 2; left > 0; left -= 1) {
          await click('Ticks');
          expect(await row('life-regeneration').locator('.items-failed').count()).toBe(left);
          await clickCell('life-regeneration', /items failed/, 'items failed');
          await act('Retry failed items', 'the value is right again');
          expect(await text()).toContain('1 item succeeded, 0 failed again');
        }
        await click('Ticks');
        expect(await row('life-regeneration').locator('.items-failed').count()).toBe(0);
        asDocumented(task.name);
      });

      it('"The boards were empty for a minute"', async ({ task }) => {
        await incidents.emptyRedis();
        await click('Boards');
        await click('weekly');
        await act('Recalculate', 'Redis was emptied', () =>
          page.getByLabel('How').selectOption('Build it anew'),
        );
        expect(await text()).toMatch(/Repaired: [1-9]\d* missing/);
        await click('weekly');
        expect(await row('ann').innerText()).toContain('103');
        asDocumented(task.name);
      });

      it('"My streak broke, and I played every day"', async ({ task }) => {
        await showPlayer('dora');
        if (process.env['DASHBOARD_PICTURES'] === '1')
          await page.screenshot({
            path: fileURLToPath(new URL('dashboard-player.png', pictures)),
            fullPage: true,
          });
        expect(await row('The streak of').first().innerText()).toMatch(
          /2026-10-25T23:00Z[^]*48 h 30 min before/,
        );
        await click('streak-update', row('The streak of'));
        expect(await text()).toMatch(/Attempts\s+1/);
        await click('streak-update');
        expect(await text()).toContain('at 00:00, Europe/Berlin');
        expect(await text()).toMatch(/2026-10-25 23:00\s+succeeded/);
        asDocumented(task.name);
      });
    }),
  ),
);
