const form = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?$/;

/** What a release can be asked for besides a version. */
export const steps = ['patch', 'minor', 'major'] as const;

/**
 * Returns the version to release.
 *
 * @param current the version of the packages now
 * @param wanted a version such as `1.2.3` or `1.2.3-rc.1`, or which part of the current one to raise
 * @throws {Error} for anything else, and for a version before the current one
 */
export function nextVersion(current: string, wanted: string): string {
  const [major = 0, minor = 0, patch = 0] = numbersOf(current);
  if (wanted === 'major') return `${major + 1}.0.0`;
  if (wanted === 'minor') return `${major}.${minor + 1}.0`;
  // What comes after 1.2.3-rc.1 is 1.2.3.
  if (wanted === 'patch') return `${major}.${minor}.${current.includes('-') ? patch : patch + 1}`;
  if (!form.test(wanted)) {
    throw new Error(`"${wanted}" is no version; give one such as 1.2.3, or ${steps.join(', ')}.`);
  }
  if (isBefore(wanted, current)) {
    throw new Error(
      `Version ${wanted} comes before ${current}, the version of the packages; give a later one.`,
    );
  }
  return wanted;
}

/** Returns the tag under which npm offers a version: `next` for one that is not final. */
export function distributionTag(version: string): 'latest' | 'next' {
  return version.includes('-') ? 'next' : 'latest';
}

function numbersOf(version: string): readonly number[] {
  const parts = form.exec(version);
  if (!parts) throw new Error(`The packages have the version "${version}", which is none.`);
  return parts.slice(1, 4).map(Number);
}

/** By the three numbers; of two that have the same, one that is not final is before one that is. */
function isBefore(a: string, b: string): boolean {
  const [left, right] = [numbersOf(a), numbersOf(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  if (at !== -1) return left[at]! < right[at]!;
  return a.includes('-') && !b.includes('-');
}
