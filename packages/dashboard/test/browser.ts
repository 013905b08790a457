import { nodeListener } from '@gamekeeper/http';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { describe, it } from 'vitest';
import type { DashboardHandler } from '../src/index.ts';

/** Debian's package `chromium`; `null` where it is not installed. */
const chromiumPath: string | null =
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .flatMap((folder) => ['chromium', 'chromium-browser'].map((name) => join(folder, name)))
    .find((path) => existsSync(path)) ?? null;

/** A suite that drives Chromium; skipped where it is missing, except in CI. */
export function describeWithChromium(name: string, suite: () => void): void {
  if (chromiumPath !== null || /^(?:true|1)$/.test(process.env['CI'] ?? '')) describe(name, suite);
  else describe.skip(name, () => it('SKIPPED: install chromium', () => undefined));
}

/** Starts Chromium without a window. */
export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  if (chromiumPath === null) throw new Error('Chromium is not installed: apt-get install chromium');
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** Serves a handler on this machine. */
export async function serve(
  handle: DashboardHandler,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer(nodeListener(handle));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** Returns what axe-core finds on a page; it runs outside of the page's own rules for scripts. */
export async function findings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  const results = (await page.evaluate('axe.run(document)')) as AxeResults;
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html} ${failureSummary}`),
  );
}

/** Returns by how much a page is wider than its window. Pixels. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
