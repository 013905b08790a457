import { readFile } from 'node:fs/promises';
import type { Demo } from '../demo.ts';
import { speeds } from '../time/pace.ts';

const page = new URL('page.html', import.meta.url);
const security = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/** Returns the handler of the demo's own page: its state, and what its buttons do. */
export function controls(demo: Demo): (request: Request) => Promise<Response> {
  return async (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === 'GET' && pathname === '/')
      return new Response(await readFile(page, 'utf8'), {
        headers: { ...security, 'content-type': 'text/html; charset=utf-8' },
      });
    if (request.method === 'GET' && pathname === '/state') return json(await demo.state());
    if (request.method !== 'POST') return new Response('not found', { status: 404, headers: security });
    // Another site must not press the buttons.
    if (!['same-origin', 'none', null].includes(request.headers.get('sec-fetch-site')))
      return new Response('only from this page', { status: 403, headers: security });
    if (!press(demo, pathname, searchParams))
      return new Response('refused', { status: 409, headers: security });
    return json(await demo.state());
  };
}

/** Does what a button says. Returns `false` if it cannot be done now. */
function press({ pace, workers }: Demo, button: string, given: URLSearchParams): boolean {
  if (button === '/kill') return workers.killNext();
  if (button === '/clock') return workers.toggleClock(given.get('worker') ?? '');
  const speed = Number(given.get('minutesPerSecond') ?? Number.NaN);
  if (button !== '/speed' || !speeds.includes(speed)) return false;
  pace.speed = speed;
  return true;
}

function json(value: unknown): Response {
  return Response.json(value, { headers: security });
}
