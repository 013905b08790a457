const kinds = ['dependencies', 'devDependencies', 'peerDependencies'] as const;

/** A package.json, as far as a release is concerned. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly repository?: string | { readonly url?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Returns a manifest at a new version, and with it the ranges of the packages that move together: an exact version stays
 * exact, any other range becomes `^version`.
 *
 * @param together the names of the packages that move together
 */
export function atVersion<M extends Manifest>(
  manifest: M,
  version: string,
  together: ReadonlySet<string>,
): M {
  const moved = { ...manifest, ...(manifest.version !== undefined && { version }) };
  for (const kind of kinds) {
    const ranges = manifest[kind];
    if (!ranges) continue;
    const entries = Object.entries(ranges).map(([name, range]) => [
      name,
      !together.has(name) ? range : /^\d/.test(range) ? version : `^${version}`,
    ]);
    Object.assign(moved, { [kind]: Object.fromEntries(entries) as Record<string, string> });
  }
  return moved;
}

/**
 * Returns a manifest that says where the sources of its package are.
 *
 * @param address of the repository, such as `https://github.com/someone/gamekeeper`
 * @param directory of the package in the repository
 */
export function withAddress<M extends Manifest>(manifest: M, address: string, directory: string): M {
  return {
    ...manifest,
    homepage: `${address}#readme`,
    bugs: { url: `${address}/issues` },
    repository: { type: 'git', url: `git+${address}.git`, directory },
  };
}

/**
 * Returns the address of a repository as a browser opens it: the given one, or that of the root's package.json; `undefined`
 * where neither says one.
 *
 * @throws {Error} for an address that is no https URL
 */
export function addressOf(root: Manifest, given: string | undefined): string | undefined {
  const { repository } = root;
  const written = given ?? (typeof repository === 'string' ? repository : repository?.url);
  if (written === undefined) return undefined;
  const address = written
    .replace(/^git\+/, '')
    .replace(/\.git$/, '')
    .replace(/\/$/, '');
  if (URL.parse(address)?.protocol !== 'https:') {
    throw new Error(
      `"${written}" is no address of a repository; give one such as https://github.com/someone/gamekeeper.`,
    );
  }
  return address;
}

/** Returns the packages in an order in which each comes after those that it depends on. */
export function inOrder<P extends { readonly manifest: Manifest }>(packages: readonly P[]): readonly P[] {
  const byName = new Map(packages.map((each) => [each.manifest.name, each]));
  const ordered = new Set<P>();
  const visit = (each: P): void => {
    if (ordered.has(each)) return;
    const { dependencies, peerDependencies } = each.manifest;
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const needed = byName.get(name);
      if (needed) visit(needed);
    }
    ordered.add(each);
  };
  packages.forEach(visit);
  return [...ordered];
}
