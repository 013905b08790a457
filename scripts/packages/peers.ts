import type { Manifest } from './pack.ts';

/** The packages of MikroORM work together at one and the same version only. */
const family = /^@mikro-orm\//;

/** What is never installed by its own name: it comes with a driver, at the version that this needs. */
const companions: ReadonlySet<string> = new Set(['@mikro-orm/sql', 'kysely']);

/** The versions of packages to install, by name. */
export type Versions = Readonly<Record<string, string>>;

/** Returns the ranges of what packages share with a backend, by name, without those that they share among each other. */
export function peerRanges(manifests: readonly Manifest[]): Versions {
  const names = new Set(manifests.map(({ name }) => name));
  const ranges = manifests.flatMap(({ peerDependencies = {} }) => Object.entries(peerDependencies));
  return Object.fromEntries(ranges.filter(([name]) => !names.has(name)));
}

/** Returns those that a backend installs by their names. */
export function installedByName(ranges: Versions): Versions {
  return Object.fromEntries(Object.entries(ranges).filter(([name]) => !companions.has(name)));
}

/** Returns the oldest version that each range allows: ranges are written with that version first. */
export function oldestOf(ranges: Versions): Versions {
  return mapped(ranges, (name, range) => {
    const [version] = /\d+\.\d+\.\d+/.exec(range) ?? [];
    if (version === undefined)
      throw new Error(`${name}: "${range}" does not say its oldest version in full.`);
    return version;
  });
}

/**
 * Returns the newest version that each range allows; for the packages of MikroORM the newest that all of them have.
 *
 * @param known every version within the range of each, in any order
 */
export function newestOf(ranges: Versions, known: Readonly<Record<string, readonly string[]>>): Versions {
  const ofFamily = Object.keys(ranges).filter((name) => family.test(name));
  return mapped(ranges, (name) => {
    const candidates = (known[name] ?? [])
      .toSorted(byNumbers)
      .filter(
        (version) =>
          !version.includes('-') &&
          (!family.test(name) || ofFamily.every((one) => known[one]?.includes(version))),
      );
    const newest = candidates.at(-1);
    if (newest === undefined)
      throw new Error(`The registry has no version of ${name} within ${ranges[name]}.`);
    return newest;
  });
}

function byNumbers(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function mapped(ranges: Versions, versionOf: (name: string, range: string) => string): Versions {
  return Object.fromEntries(Object.entries(ranges).map(([name, range]) => [name, versionOf(name, range)]));
}
