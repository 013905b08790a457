import { expect, it } from 'vitest';
import { pageEvents } from './page-events.ts';

function tags(...found: readonly (string | null)[]) {
  let asked = 0;
  const tag = async (): Promise<string> => {
    const next = found[asked];
    asked += 1;
    if (next === null || next === undefined) throw new Error('the store is away');
    return next;
  };
  return { tag, asked: () => asked };
}

it('sends the tag at once and again, until the page cannot be read', async () => {
  const response = pageEvents(tags('"a"', '"a"', '"b"', null).tag, 1);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  expect(await response.text()).toBe(
    ['"a"', '"a"', '"b"'].map((tag) => `retry: 500\ndata: ${tag}\n\n`).join(''),
  );
});

it('reads nothing any more when the browser has gone', async () => {
  const { tag, asked } = tags('"a"', '"b"', '"c"', '"d"');
  const reader = pageEvents(tag, 1).body!.getReader();
  await reader.read();
  await reader.cancel();
  const before = asked();
  // Another stream with the same interval ends after this one would have read again.
  await pageEvents(tags('x', 'y', 'z', null).tag, 1).text();
  expect(asked()).toBe(before);
});
