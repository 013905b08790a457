import { accessSync, constants, globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first folder that holds all of these programs, or `null`: those of the PATH come first, then the others given. */
export function folderWith(programs: readonly string[], others: readonly string[] = []): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter(Boolean), ...others];
  return folders.find((folder) => programs.every((program) => canRun(join(folder, program)))) ?? null;
}

/** Debian keeps each major version of PostgreSQL in a folder of its own, outside the PATH. Newest first. */
export function postgresFolders(): readonly string[] {
  return globSync('/usr/lib/postgresql/*/bin').sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
}

/** A user whom a server may run as when this process is root, which PostgreSQL and PgBouncer refuse; otherwise nobody else. */
export function unprivilegedUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8');
  const [, uid, gid] =
    /^postgres:[^:]*:(\d+):(\d+):/m.exec(users) ?? /^nobody:[^:]*:(\d+):(\d+):/m.exec(users) ?? [];
  if (uid === undefined)
    throw new Error('This server refuses to run as root, and no user "postgres" or "nobody" exists');
  return { uid: Number(uid), gid: Number(gid) };
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
