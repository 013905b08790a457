import { readFile } from 'node:fs/promises';

/** The lines of a block of code that a page shows, so that what is written there is what is tested. */
export async function documented(
  page: string,
  language: string,
  firstLine: string,
): Promise<readonly string[]> {
  const text = await readFile(new URL(`../${page}`, import.meta.url), 'utf8');
  const blocks = [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))];
  const block = blocks.map(([, code = '']) => code).find((code) => code.startsWith(firstLine));
  if (block === undefined)
    throw new Error(`${page} has no ${language} block that begins with "${firstLine}"`);
  return block.trimEnd().split('\n');
}
