import { PassThrough } from 'node:stream';
import { runCli, type ExitCode, type GamekeeperConfig } from '@gamekeeper/cli';

/** What a command line said and ended with. */
export interface Said {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Who types it, and where. */
export interface Typed {
  readonly config?: GamekeeperConfig;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The columns of the terminal; none where nobody sits at one. */
  readonly columns?: number;
  /** What is typed when a question comes. */
  readonly answer?: string;
  readonly signal?: AbortSignal;
}

/** Runs a command line in this process. */
export async function cli(line: string | readonly string[], typed: Typed = {}): Promise<Said> {
  const argv = typeof line === 'string' ? line.split(' ').filter(Boolean) : line;
  const said = { out: '', err: '' };
  const terminal = typed.columns === undefined ? {} : { isTTY: true, columns: typed.columns };
  const stdin = Object.assign(new PassThrough(), { isTTY: typed.answer !== undefined });
  const stderr = Object.assign(
    new PassThrough(),
    typed.answer === undefined ? terminal : { isTTY: true, columns: 100 },
  );
  let { answer } = typed;
  stderr.on('data', (text: Buffer) => {
    said.err += text.toString();
    if (answer === undefined || !said.err.includes('[y/N]')) return;
    stdin.write(`${answer}\n`);
    answer = undefined;
  });
  const code = await runCli({
    argv,
    stdout: { write: (text) => (said.out += text), ...terminal },
    stderr,
    stdin,
    env: { NO_COLOR: '1', ...typed.env },
    cwd: typed.cwd ?? import.meta.dirname,
    ...(typed.config !== undefined && { config: typed.config }),
    ...(typed.signal && { signal: typed.signal }),
  });
  await new Promise(setImmediate);
  return { code, ...said };
}

/** The JSON that a command line wrote. */
export async function json(line: string, typed: Typed = {}): Promise<unknown> {
  return JSON.parse((await cli(`${line} --json`, typed)).out);
}
