const unreleased = '## Unreleased';

/** Returns the entries under the heading of what is not released yet, trimmed; `''` without any. */
export function unreleasedEntries(changelog: string): string {
  return sectionOf(changelog, unreleased) ?? '';
}

/** Returns whether a changelog has a section for this version, with the date of its release. */
export function isReleased(changelog: string, version: string): boolean {
  return headingsOf(changelog).some((heading) => heading.startsWith(`## ${version} (`));
}

/**
 * Returns the changelog in which what was not released yet is this version, released on this day, below a new heading for
 * what comes next.
 *
 * @throws {Error} when nothing is unreleased, or the version has a section already
 */
export function releasedChangelog(changelog: string, version: string, date: Date): string {
  if (isReleased(changelog, version)) throw new Error(`CHANGELOG.md has a section for ${version} already.`);
  if (unreleasedEntries(changelog) === '') {
    throw new Error(`CHANGELOG.md has nothing under "${unreleased}"; say there what changes for users.`);
  }
  const day = date.toISOString().slice(0, 10);
  return changelog.replace(`${unreleased}\n`, () => `${unreleased}\n\n## ${version} (${day})\n`);
}

function headingsOf(changelog: string): readonly string[] {
  return changelog.split('\n').filter((line) => line.startsWith('## '));
}

function sectionOf(changelog: string, heading: string): string | undefined {
  const lines = changelog.split('\n');
  const start = lines.indexOf(heading);
  if (start === -1) return undefined;
  const end = lines.findIndex((line, index) => index > start && line.startsWith('## '));
  return lines
    .slice(start + 1, end === -1 ? undefined : end)
    .join('\n')
    .trim();
}
