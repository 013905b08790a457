import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { execute } from '../scripts/packages/execute.ts';
import { releasedChangelog } from '../scripts/packages/release/changelog.ts';
import { addressOf, atVersion, inOrder } from '../scripts/packages/release/manifests.ts';
import { release, type ReleaseOptions } from '../scripts/packages/release/release.ts';
import { nextVersion } from '../scripts/packages/release/version.ts';

describe('the next version', () => {
  it.each([
    ['1.2.3', 'patch', '1.2.4'],
    ['1.2.3', 'minor', '1.3.0'],
    ['1.2.3', 'major', '2.0.0'],
    ['1.2.3', '1.10.0', '1.10.0'],
    ['1.2.3', '1.2.3', '1.2.3'],
    ['1.2.3', '2.0.0-rc.1', '2.0.0-rc.1'],
    ['2.0.0-rc.1', 'patch', '2.0.0'],
    ['2.0.0-rc.1', '2.0.0', '2.0.0'],
  ])('after %s by %s is %s', (current, wanted, next) => {
    expect(nextVersion(current, wanted)).toBe(next);
  });

  it.each([
    ['1.2.3', '1.2.2', /comes before/],
    ['1.10.0', '1.9.0', /comes before/],
    ['2.0.0', '2.0.0-rc.1', /comes before/],
    ['1.2.3', 'v1.2.4', /is no version/],
    ['1.2.3', 'huge', /is no version/],
  ])('after %s is not %s', (current, wanted, message) => {
    expect(() => nextVersion(current, wanted)).toThrow(message);
  });
});

describe('the changelog of a release', () => {
  const day = new Date('2026-11-30T23:30:00Z');

  it('has the version and its day where it said "Unreleased", below a place for what comes next', () => {
    const before = '# Changelog\n\n## Unreleased\n\n- $& is kept.\n\n## 1.0.0 (2026-01-01)\n\n- The first.\n';
    expect(releasedChangelog(before, '1.1.0', day)).toBe(
      '# Changelog\n\n## Unreleased\n\n## 1.1.0 (2026-11-30)\n\n- $& is kept.\n\n## 1.0.0 (2026-01-01)\n\n- The first.\n',
    );
  });

  it.each(['# Changelog\n', '## Unreleased\n\n\n## 1.0.0 (2026-01-01)\n\n- The first.\n'])(
    'cannot be made of nothing: %j',
    (text) => {
      expect(() => releasedChangelog(text, '1.1.0', day)).toThrow('nothing under "## Unreleased"');
    },
  );
});

describe('a manifest', () => {
  it('moves with its ranges among the packages, each in its own way, and leaves those of others', () => {
    const together = new Set(['@house/a', '@house/b']);
    const before = {
      name: '@house/b',
      version: '1.0.0',
      dependencies: { '@house/a': '^1.0.0', luxon: '^3.0.0' },
      peerDependencies: { '@house/a': '1.0.0' },
    };
    expect(atVersion(before, '1.1.0', together)).toEqual({
      name: '@house/b',
      version: '1.1.0',
      dependencies: { '@house/a': '^1.1.0', luxon: '^3.0.0' },
      peerDependencies: { '@house/a': '1.1.0' },
    });
  });

  it.each(['https://example.org/us/it', 'git+https://example.org/us/it.git', 'https://example.org/us/it/'])(
    'can have the address %s',
    (repository) => {
      expect(addressOf({ name: 'root', repository }, undefined)).toBe('https://example.org/us/it');
      expect(addressOf({ name: 'root', repository: { url: repository } }, undefined)).toBe(
        'https://example.org/us/it',
      );
    },
  );

  it('has the address that is given before the written one, or none, but no nonsense', () => {
    const root = { name: 'root', repository: 'https://example.org/us/it' };
    expect(addressOf(root, 'https://example.org/fork')).toBe('https://example.org/fork');
    expect(addressOf({ name: 'root' }, undefined)).toBeUndefined();
    expect(() => addressOf(root, 'us/it')).toThrow('"us/it" is no address');
  });
});

it('publishes what others need first', () => {
  const cli = { manifest: { name: 'cli', dependencies: { core: '1' }, peerDependencies: { store: '1' } } };
  const store = { manifest: { name: 'store', dependencies: { core: '1', luxon: '3' } } };
  const core = { manifest: { name: 'core' } };
  expect(inOrder([cli, store, core])).toEqual([core, store, cli]);
});

describe('a release', () => {
  let root: string;
  let said: string[];
  /** What npm was asked to publish, with the manifest that was there then. */
  let published: { readonly command: string; readonly manifest: Record<string, unknown> }[];

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'release-test-'));
    said = [];
    published = [];
    const lock = { name: 'house', lockfileVersion: 3, packages: { 'packages/a': { version: '1.0.0' } } };
    await plant('package.json', { name: 'house', private: true, workspaces: ['packages/*'] });
    await plant('package-lock.json', lock);
    await plant('packages/a/package.json', { name: '@house/a', version: '1.0.0', files: ['dist'] });
    await plant('packages/b/package.json', {
      name: '@house/b',
      version: '1.0.0',
      files: ['dist'],
      dependencies: { '@house/a': '^1.0.0' },
    });
    await plant('packages/a/dist/index.js', 'export {};\n');
    await plant('packages/b/dist/index.js', 'export {};\n');
    await plant('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n- Something.\n');
    await git('init', '--quiet');
    await commit();
  });
  afterEach(() => rm(root, { recursive: true }));

  async function plant(file: string, content: string | object): Promise<void> {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(
      join(root, file),
      typeof content === 'string' ? content : JSON.stringify(content, null, 2),
    );
  }

  const git = (...args: readonly string[]): Promise<string> => execute('git', args, root);

  async function commit(): Promise<void> {
    await git('add', '--all');
    await git('-c', 'user.name=us', '-c', 'user.email=us@example.org', 'commit', '--quiet', '-m', 'All');
  }

  const read = async (file: string): Promise<string> => readFile(join(root, file), 'utf8');

  function run(options: Partial<ReleaseOptions>): Promise<void> {
    const asked = { root, wanted: 'minor', dryRun: false, publish: false, ...options };
    return release(asked, {
      now: () => new Date('2026-11-30T12:00:00Z'),
      say: (line) => void said.push(line),
      run: async (program, args, folder) => {
        if (program === 'git') return execute(program, args, folder);
        if (args[0] === 'view') throw new Error('E404');
        if (args[0] === 'publish') {
          const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Record<
            string,
            unknown
          >;
          published.push({ command: args.slice(0, -1).join(' '), manifest });
        }
        return '';
      },
    });
  }

  it('moves all packages, the lock file and the changelog, and publishes nothing', async () => {
    await run({});
    expect(JSON.parse(await read('packages/b/package.json'))).toMatchObject({
      version: '1.1.0',
      dependencies: { '@house/a': '^1.1.0' },
    });
    expect(JSON.parse(await read('package-lock.json'))).toMatchObject({
      packages: { 'packages/a': { version: '1.1.0' } },
    });
    expect(await read('CHANGELOG.md')).toContain('## 1.1.0 (2026-11-30)\n\n- Something.');
    expect(published.map(({ command }) => command)).toEqual(Array(2).fill('publish --dry-run --tag latest'));
  });

  it('tried with --dry-run changes nothing, shows npm the packages of the new version and publishes nothing', async () => {
    await run({ dryRun: true, publish: true, repository: 'https://example.org/us/it' });
    expect(await git('status', '--porcelain')).toBe('');
    expect(published).toMatchObject([
      { command: 'publish --dry-run --tag latest', manifest: { name: '@house/a', version: '1.1.0' } },
      {
        command: 'publish --dry-run --tag latest',
        manifest: { name: '@house/b', dependencies: { '@house/a': '^1.1.0' } },
      },
    ]);
    expect(said).toContainEqual(expect.stringContaining('version 1.1.0 is not prepared'));
  });

  it('is published when it is prepared, committed and asked for, with the address of its sources', async () => {
    await run({ wanted: '1.1.0-rc.1' });
    await commit();
    published = [];
    await run({ wanted: '1.1.0-rc.1', publish: true, repository: 'https://example.org/us/it' });
    expect(published.slice(2)).toMatchObject([
      {
        command: 'publish --tag next',
        manifest: {
          name: '@house/a',
          version: '1.1.0-rc.1',
          homepage: 'https://example.org/us/it#readme',
          bugs: { url: 'https://example.org/us/it/issues' },
          repository: { url: 'git+https://example.org/us/it.git', directory: 'packages/a' },
        },
      },
      { command: 'publish --tag next', manifest: { name: '@house/b' } },
    ]);
    expect(await git('status', '--porcelain')).toBe('');
  });

  it.each<[string, Partial<ReleaseOptions>, RegExp]>([
    [
      'is not prepared',
      { publish: true, repository: 'https://example.org/us/it' },
      /1\.1\.0 is not prepared/,
    ],
    ['says nowhere where its sources are', { publish: true }, /nobody has said where the sources are/],
  ])('that %s is not published', async (_, options, message) => {
    await expect(run(options)).rejects.toThrow(message);
    expect(published).toEqual([]);
  });

  it('is not made of a tree that is not clean', async () => {
    await plant('packages/a/dist/new.js', '');
    await expect(run({})).rejects.toThrow('working tree is not clean');
    expect(await read('packages/a/package.json')).toContain('"1.0.0"');
  });

  it('is not made of packages with several versions', async () => {
    await plant('packages/a/package.json', { name: '@house/a', version: '1.0.1' });
    await expect(run({})).rejects.toThrow('The packages have the versions 1.0.1, 1.0.0');
  });

  it('is not made of packages that are not built', async () => {
    await rm(join(root, 'packages/b/dist'), { recursive: true });
    await commit();
    await expect(run({ dryRun: true })).rejects.toThrow('@house/b is not built');
  });
});
