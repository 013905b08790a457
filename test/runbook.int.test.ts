import { runCli } from '@gamekeeper/cli';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const runbook = read('docs/runbook.md');
const drills = read('docs/drills.md');

/** The anchors of a page: those that it names, and those of its headings. */
function anchorsOf(page: string): readonly string[] {
  const named = [...page.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id]) => id!);
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return [...named, ...headings];
}

/** The command lines of the pages, without comments, with a job where a reader puts one. */
const commandLines = [...`${runbook}\n${drills}`.matchAll(/npx gamekeeper ([^`\n#…]+)/g)].map(([, words]) =>
  words!
    .trim()
    .replace(/\bJOB\b/, 'streak-update')
    .split(/\s+/),
);

describe('the runbook and its drills', () => {
  it('has an entry for every alert rule', () => {
    const wanted = [...read('ops/prometheus-rules.yml').matchAll(/docs\/runbook\.md#(\S+)/g)].map(
      ([, id]) => id!,
    );
    expect(wanted.length).toBeGreaterThan(10);
    expect(anchorsOf(runbook)).toEqual(expect.arrayContaining(wanted));
  });

  it.each([
    ['docs/runbook.md', runbook, 30],
    ['docs/drills.md', drills, 5],
  ])('leads nowhere that is not there: %s', (_, text, atLeast) => {
    const links = [...text.matchAll(/\]\(([\w-]+\.md)?(?:#([\w-]+))?\)/g)];
    expect(links.length).toBeGreaterThan(atLeast);
    const broken = links.filter(([, page, anchor]) => {
      const target = page === undefined ? text : read(`docs/${page}`);
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it.each(commandLines.map((words) => ({ line: words.join(' '), words })))(
    'knows `$line`',
    async ({ words }) => {
      const said: string[] = [];
      const out = { write: (text: string) => said.push(text) > 0 };
      // With a configuration that is nowhere: what is wrong with the words themselves is said first.
      const code = await runCli({
        argv: [...words, '--config', 'none.ts'],
        stdout: out,
        stderr: out,
        env: {},
        cwd: import.meta.dirname,
      });
      expect(said.join('')).toMatch(/none\.ts/);
      expect(code).toBe(4);
    },
  );
});
