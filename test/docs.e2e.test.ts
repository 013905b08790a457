import { postgresAdapters, postgresDatabase, type PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { execFile } from 'node:child_process';
import { access, glob, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = join(root, 'node_modules/typescript/bin/tsc');

/** A page for readers, from the root of the repository: `docs/operate.md`. */
interface Page {
  readonly path: string;
  readonly text: string;
}

/** A piece of code on a page. */
interface Block {
  /** Where a reader finds it: `docs/operate.md, block 2 (line 40)`. */
  readonly place: string;
  /** The line of the page that its first line is on. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

const pages = await readPages();
const blocks = pages.flatMap(blocksOf);
const written = (language: string): readonly Block[] => blocks.filter((block) => block.language === language);
const planted = blocksOf({
  path: 'planted.md',
  text: '# Planted\n\n```ts\nimport { nothing } from "@gamekeeper/core";\n\nnothing();\n```\n',
});

describe('the pages', () => {
  it('are there, and show code', () => {
    expect(pages.map(({ path }) => path)).toContain('docs/run-it-in-your-backend.md');
    expect(written('ts').length).toBeGreaterThan(10);
  });

  it('link to files that exist', async () => {
    const broken: string[] = [];
    for (const { path, text } of pages) {
      for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        if (!(await exists(join(root, dirname(path), target)))) broken.push(`${path} links to ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it('name files that exist', async () => {
    const missing: string[] = [];
    for (const { path, text } of pages) {
      for (const [, named = ''] of text.matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.ts)`/g)) {
        const places = [named, `packages/${named}`, join(dirname(path), named)];
        const found = await Promise.all(places.map((place) => exists(join(root, place))));
        if (!found.includes(true)) missing.push(`${path} names ${named}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('show TypeScript that compiles, and a block that does not is named by its page and line', async () => {
    const errors = await typeErrors([...written('ts'), ...planted]);
    const isPlanted = (error: string): boolean => error.startsWith('planted.md');
    expect(errors.filter((error) => !isPlanted(error))).toEqual([]);
    expect(errors.filter(isPlanted)).toEqual([
      expect.stringMatching(/^planted\.md, block 1 \(line 4\): .*nothing/),
    ]);
  }, 120_000);
});

describe('the SQL of the pages', () => {
  let host: JobHost;

  beforeAll(async () => {
    host = createJobHost({
      modules: [postgresAdapters({ memory: true }), cronerScheduler()],
      logger: silentLogger,
    });
    await host.open();
  });
  afterAll(() => host.stop());

  it.each(written('sql').map(({ place, code }) => [place, code] as const))(
    'runs on the tables: %s',
    async (_, code) => {
      const { orm } = host.container.get<PostgresDatabase>(postgresDatabase.symbol);
      for (const statement of code.split(/;\s*$/m).filter((text) => text.trim() !== '')) {
        expect(await orm.em.fork().getConnection().execute(statement)).toBeDefined();
      }
    },
  );
});

async function readPages(): Promise<readonly Page[]> {
  const paths: string[] = [];
  for (const pattern of ['README.md', 'CONTRIBUTING.md', 'docs/*.md', 'packages/*/README.md']) {
    for await (const path of glob(pattern, { cwd: root })) paths.push(path.replaceAll('\\', '/'));
  }
  return Promise.all(
    paths.sort().map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  );
}

function blocksOf({ path, text }: Page): readonly Block[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ({ index, 1: language = '', 2: code = '' }, nth) => {
      const line = text.slice(0, index).split('\n').length + 1;
      return { place: `${path}, block ${nth + 1} (line ${line})`, line, language, code };
    },
  );
}

/**
 * Type-checks each block as a module of its own, all in one run of the compiler, inside `node_modules` so that a block
 * finds the packages that a reader would install.
 */
async function typeErrors(code: readonly Block[]): Promise<readonly string[]> {
  const cache = join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'docs-'));
  try {
    const files = code.map((_, index) => `block-${index}.ts`);
    for (const [index, block] of code.entries()) {
      await writeFile(join(folder, files[index]!), `${block.code}\nexport {};\n`);
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(projectOf(files)));
    const output = await compile(folder);
    return output
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => inPlace(line, code));
  } finally {
    await rm(folder, { recursive: true });
  }
}

function projectOf(files: readonly string[]): object {
  return {
    extends: join(root, 'tsconfig.base.json'),
    compilerOptions: {
      composite: false,
      declaration: false,
      declarationMap: false,
      noEmit: true,
      typeRoots: [join(root, 'node_modules/@types')],
      // Blocks for NestJS are written as its users write them.
      experimentalDecorators: true,
      erasableSyntaxOnly: false,
      paths: { '@nestjs/terminus': [typesOf('@nestjs/terminus')] },
    },
    files,
  };
}

/** The types of a package that only the module for NestJS has installed. */
function typesOf(name: string): string {
  const { resolve } = createRequire(join(root, 'packages/nestjs/package.json'));
  return resolve(name).replace(/\.js$/, '.d.ts');
}

/** `block-3.ts(4,10): error …` as the place on the page. */
function inPlace(line: string, code: readonly Block[]): string {
  const [whole, index, inBlock] = /^block-(\d+)\.ts\((\d+),\d+\): /.exec(line) ?? [];
  const block = code[Number(index)];
  if (whole === undefined || !block) return line;
  const place = block.place.replace(/\(line \d+\)$/, `(line ${block.line + Number(inBlock) - 1})`);
  return `${place}: ${line.slice(whole.length)}`;
}

function compile(folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [compiler, '-p', folder, '--pretty', 'false'];
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // The compiler ends with 1 or 2 when it found errors, and writes them to standard output.
      if (error && stdout.trim() === '') reject(new Error(`tsc did not run: ${stderr}`, { cause: error }));
      else resolve(stdout);
    });
  });
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
