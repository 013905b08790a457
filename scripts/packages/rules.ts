import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { execute } from './execute.ts';
import type { PackedPackage } from './pack.ts';

/** What publint says about the manifest and the files that it names. */
export async function checkManifest({ tarball }: PackedPackage): Promise<readonly string[]> {
  const bytes = new Uint8Array(await readFile(tarball)).buffer;
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** Whether TypeScript finds the types, in ES modules and in CommonJS. */
export async function checkTypes({ tarball }: PackedPackage, root: string): Promise<readonly string[]> {
  const attw = join(root, 'node_modules/.bin/attw');
  const options = ['--profile', 'node16', '--format', 'ascii', '--no-emoji', '--no-definitely-typed'];
  try {
    await execute(process.execPath, [attw, tarball, ...options], root);
    return [];
  } catch (error) {
    return [`attw: ${(error as Error).message}`];
  }
}
