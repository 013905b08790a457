import type { Manifest, PackedPackage } from './pack.ts';

/** Returns what is wrong with a manifest by the conventions of this repository, which RELEASING.md explains. */
export function checkConventions(
  { manifest }: Pick<PackedPackage, 'manifest'>,
  all: readonly Manifest[],
): readonly string[] {
  const { version, keywords = [], publishConfig, dependencies = {}, peerDependencies = {} } = manifest;
  const { devDependencies = {}, peerDependenciesMeta = {} } = manifest;
  const together = new Set(all.map(({ name }) => name));
  const peers = Object.entries(peerDependencies).filter(([name]) => !together.has(name));
  return [
    ...(keywords.length >= 3 ? [] : ['keywords has fewer than three words']),
    ...(publishConfig?.access === 'public'
      ? []
      : ['publishConfig.access is not public, so npm would restrict it']),
    ...Object.entries({ ...dependencies, ...peerDependencies })
      .filter(([name, range]) => together.has(name) && range !== `^${version}`)
      .map(([name, range]) => `${name} is ${range} instead of ^${version}, with which it moves`),
    ...peers
      .filter(([name]) => name in dependencies)
      .map(([name]) => `${name} is a dependency and a peer dependency`),
    ...peers
      .filter(([name]) => !/^\d+\.\d+\.\d+$/.test(devDependencies[name] ?? ''))
      .map(([name]) => `devDependencies does not say the one version of ${name} that the tests run on`),
    ...peers
      .filter(([, range]) => !/^(?:[\^~]|>=)\d+\.\d+\.\d+/.test(range))
      .map(
        ([name, range]) =>
          `the range of ${name}, ${range}, does not begin with the oldest version that works`,
      ),
    ...Object.keys(peerDependenciesMeta)
      .filter((name) => !(name in peerDependencies))
      .map((name) => `peerDependenciesMeta names ${name}, which is no peer dependency`),
  ];
}
