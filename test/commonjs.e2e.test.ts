import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readDoors } from './public-surface/doors.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

it('every door opens to require(), as applications that are compiled to CommonJS call it', async () => {
  const doors = (await readDoors(root)).map(({ specifier }) => specifier);
  expect(doors).toContain('@gamekeeper/nestjs');
  // One top-level await anywhere behind a door, and require() throws ERR_REQUIRE_ASYNC_MODULE.
  const program = `
    const opened = ${JSON.stringify(doors)}.filter((door) => Object.keys(require(door)).length > 0);
    console.log(JSON.stringify(opened));`;
  const options = ['--conditions=@gamekeeper/source', '--input-type=commonjs', '--eval', program];
  const { stdout } = await run(process.execPath, options, { cwd: root });
  expect(JSON.parse(stdout)).toEqual(doors);
}, 60_000);
