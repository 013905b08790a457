import { engineTokens, gameTokens, optionalGameTokens, optionalTokens } from '@gamekeeper/core/ports';
import * as testkit from '@gamekeeper/testkit';
import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = await rowsOfPorts();

const tokens: Readonly<Record<string, { readonly symbol: symbol }>> = Object.fromEntries(
  Object.entries({ engineTokens, gameTokens, optionalGameTokens, optionalTokens }).flatMap(
    ([group, members]) => Object.entries(members).map(([name, token]) => [`${group}.${name}`, token]),
  ),
);

const suites = Object.keys(testkit).filter((name) => name.endsWith('Contract') && name !== 'runContract');

describe('the table of ports in docs/write-an-adapter.md', () => {
  it('contains every token, once', () => {
    expect(rows.map(({ token }) => token).toSorted()).toEqual(Object.keys(tokens).toSorted());
  });

  it('names the port of each token', () => {
    const ports = rows.map(({ token, port }) => [token, `@gamekeeper/${port}`]);
    expect(rows.map(({ token }) => [token, tokens[token]?.symbol.description])).toEqual(ports);
  });

  it('names suites that testkit exports', () => {
    const named = rows.flatMap(({ suite }) => suite ?? []);
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((suite) => !suites.includes(suite))).toEqual([]);
  });

  it('contains every suite of testkit, but that of alert channels, which have no token', () => {
    const named = rows.map(({ suite }) => suite);
    expect(suites.filter((suite) => !named.includes(suite))).toEqual(['alertChannelContract']);
  });

  it('names implementations that exist, at least one for each port', async () => {
    const defined = await definedNames();
    expect(rows.filter(({ implementedBy }) => implementedBy.length === 0)).toEqual([]);
    const named = rows.flatMap(({ implementedBy }) => implementedBy);
    expect(named.filter((name) => !defined.has(name))).toEqual([]);
  });
});

interface PortRow {
  readonly token: string;
  readonly port: string;
  readonly suite: string | undefined;
  readonly implementedBy: readonly string[];
}

async function rowsOfPorts(): Promise<readonly PortRow[]> {
  const text = await readFile(`${root}docs/write-an-adapter.md`, 'utf8');
  return text
    .split('\n')
    .filter((line) => /^\| `\w+Tokens\.\w+` \|/.test(line))
    .map((line) => {
      const [token, port, suite, , implementedBy] = line.split('|').slice(1, -1).map(codeOf);
      return { token: token![0]!, port: port![0]!, suite: suite![0], implementedBy: implementedBy ?? [] };
    });
}

function codeOf(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}

/** The names of all exported classes and functions of our packages. */
async function definedNames(): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for await (const file of glob('packages/*/src/**/*.ts', { cwd: root })) {
    const text = await readFile(`${root}${file}`, 'utf8');
    for (const [, name] of text.matchAll(/^export (?:class|function) (\w+)/gm)) names.add(name!);
  }
  return names;
}
