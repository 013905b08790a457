import { describe, expect, it } from 'vitest';
import { checkContents } from '../scripts/packages/contents.ts';
import { checkConventions } from '../scripts/packages/conventions.ts';
import { installedByName, newestOf, oldestOf, peerRanges } from '../scripts/packages/peers.ts';

const core = { name: '@house/core', version: '1.0.0' };
const store = {
  name: '@house/store',
  version: '1.0.0',
  keywords: ['one', 'two', 'three'],
  publishConfig: { access: 'public' },
  exports: './dist/index.js',
  dependencies: { '@house/core': '^1.0.0' },
  peerDependencies: { luxon: '^3.1.0 || ^4.0.0' },
  peerDependenciesMeta: { luxon: { optional: true } },
  devDependencies: { luxon: '3.4.4' },
};

describe('a manifest by our conventions', () => {
  it('has nothing wrong', () => {
    expect(checkConventions({ manifest: store }, [core, store])).toEqual([]);
  });

  it.each([
    [{ keywords: ['one'] }, 'keywords has fewer than three words'],
    [{ publishConfig: {} }, 'publishConfig.access is not public, so npm would restrict it'],
    [
      { dependencies: { '@house/core': '1.0.0' } },
      '@house/core is 1.0.0 instead of ^1.0.0, with which it moves',
    ],
    [{ dependencies: { luxon: '^3.1.0' } }, 'luxon is a dependency and a peer dependency'],
    [
      { devDependencies: { luxon: '^3.4.4' } },
      'devDependencies does not say the one version of luxon that the tests run on',
    ],
    [
      { peerDependencies: { luxon: '3.x' } },
      'the range of luxon, 3.x, does not begin with the oldest version that works',
    ],
    [
      { peerDependenciesMeta: { moment: {} } },
      'peerDependenciesMeta names moment, which is no peer dependency',
    ],
  ])('is refused with %j', (change, problem) => {
    expect(checkConventions({ manifest: { ...store, ...change } }, [core, store])).toEqual([problem]);
  });
});

describe('the files of a package', () => {
  const files = ['package.json', 'README.md', 'LICENSE', 'src/index.ts', 'dist/index.js', 'dist/index.d.ts'];
  const problemsOf = (manifest: object, ...more: readonly string[]): readonly string[] =>
    checkContents({
      manifest: { ...store, ...manifest },
      folder: '',
      installed: '',
      tarball: '',
      files: [...files, ...more],
    });

  it('are those that users need', () => {
    expect(problemsOf({})).toEqual([]);
  });

  it.each([
    [{}, 'tsconfig.json', 'tsconfig.json is nothing that users need'],
    [{}, 'src/index.test.ts', 'src/index.test.ts must stay at home'],
    [{}, 'dist/old.js', 'dist/old.js has no source any more'],
    [
      { bin: { house: './dist/main.js' } },
      'src/main.ts',
      'package.json names dist/main.js, which is missing',
    ],
  ])('are refused with %j and %s', (manifest, file, problem) => {
    expect(problemsOf(manifest, file)).toEqual([problem]);
  });
});

describe('the peers to try', () => {
  const ranges = peerRanges([
    core,
    store,
    {
      name: '@house/orm',
      version: '1.0.0',
      peerDependencies: {
        '@house/core': '^1.0.0',
        '@mikro-orm/core': '^7.1.4',
        '@mikro-orm/pglite': '^7.1.4',
        kysely: '^0.29.2',
      },
    },
  ]);

  it('are what packages share with a backend, not among each other', () => {
    expect(Object.keys(ranges)).toEqual(['luxon', '@mikro-orm/core', '@mikro-orm/pglite', 'kysely']);
    expect(Object.keys(installedByName(ranges))).not.toContain('kysely');
  });

  it('are the first of each range', () => {
    expect(oldestOf(ranges)).toMatchObject({ luxon: '3.1.0', '@mikro-orm/core': '7.1.4', kysely: '0.29.2' });
    expect(() => oldestOf({ luxon: '>=3' })).toThrow('luxon: ">=3" does not say its oldest version in full.');
  });

  it('are the newest of each, final, in whatever order; of MikroORM the newest that all have', () => {
    const known = {
      luxon: ['4.10.0', '4.9.0', '3.1.0', '5.0.0-rc.1'],
      '@mikro-orm/core': ['7.1.4', '7.2.1', '7.2.5'],
      '@mikro-orm/pglite': ['7.1.4', '7.2.1'],
      kysely: ['0.29.2'],
    };
    expect(newestOf(ranges, known)).toMatchObject({
      luxon: '4.10.0',
      '@mikro-orm/core': '7.2.1',
      '@mikro-orm/pglite': '7.2.1',
    });
    expect(() => newestOf(ranges, { ...known, luxon: [] })).toThrow('no version of luxon');
  });
});
