import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PostgresOptions } from '../../src/index.ts';

/** What came of opening a database in another process. */
export type Opening =
  { readonly ok: true } | { readonly ok: false; readonly code?: string; readonly message: string };

/** Opens and closes a database in another process. */
export async function openInAnotherProcess(
  options: PostgresOptions,
  environment: Record<string, string> = {},
): Promise<Opening> {
  const script = fileURLToPath(new URL('./open-database.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@gamekeeper/source', script, JSON.stringify(options)],
    { env: { ...process.env, ...environment } },
  );
  return JSON.parse(stdout) as Opening;
}
