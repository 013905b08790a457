import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokenLinks, writeDocs } from '../scripts/packages/packed-docs.ts';

describe('the documentation in a package', () => {
  let root: string;
  const plant = (path: string, text: string): void => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const packed = (path: string): string => readFileSync(join(root, 'packages/one/docs', path), 'utf8');

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'docs-'));
    plant('README.md', 'see [a](docs/a.md#here), [the web](https://example.org/x.md) and [below](#below)');
    plant(
      'docs/a.md',
      '[b](b.md) [bee](../packages/bee/README.md) ![plot](images/plot.svg) [home](../README.md)',
    );
    plant('docs/b.md', '[source](../examples/shop/main.ts)');
    plant('docs/unlinked.md', '');
    plant('docs/images/plot.svg', '<svg/>');
    plant('packages/bee/README.md', '[b](../../docs/b.md#top)');
    plant('examples/shop/main.ts', 'export {};');
    mkdirSync(join(root, 'packages/one'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is all that the links of README.md lead to, with links that work there', () => {
    const written = writeDocs(root, join(root, 'packages/one'));
    expect(written.toSorted()).toEqual([
      'README.md',
      'a.md',
      'b.md',
      'examples/shop/main.ts',
      'images/plot.svg',
      'packages/bee.md',
    ]);
    expect(packed('README.md')).toBe(
      'see [a](a.md#here), [the web](https://example.org/x.md) and [below](#below)',
    );
    expect(packed('a.md')).toBe(
      '[b](b.md) [bee](packages/bee.md) ![plot](images/plot.svg) [home](README.md)',
    );
    expect(packed('packages/bee.md')).toBe('[b](../b.md#top)');
    expect(packed('b.md')).toBe('[source](examples/shop/main.ts)');
    expect(brokenLinks(join(root, 'packages/one/docs'), written)).toEqual([]);
    expect(
      brokenLinks(join(root, 'packages/one/docs'), written.toSpliced(written.indexOf('b.md'), 1)),
    ).toEqual([
      'a.md links to b.md, which is not in the package',
      'packages/bee.md links to ../b.md, which is not in the package',
    ]);
  });

  it('is refused with a link to nothing', () => {
    plant('docs/b.md', '[gone](gone.md)');
    expect(() => writeDocs(root, join(root, 'packages/one'))).toThrow('docs/b.md links to gone.md');
  });
});
