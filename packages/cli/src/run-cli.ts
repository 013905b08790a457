import { isGamekeeperError } from '@gamekeeper/core';
import { errorText, redactSecrets } from '@gamekeeper/core/engine';
import { CommanderError } from 'commander';
import type { GamekeeperConfig } from './config/define-config.ts';
import { addCompletion } from './completion.ts';
import { exitCodeOf, exitCodes, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { Session } from './session.ts';
import { Terminal, type Input, type Output } from './terminal/terminal.ts';

/** Options of {@link runCli}. */
export interface RunCliOptions {
  /** The arguments after the program's name: `['status', '--json']`. */
  readonly argv: readonly string[];
  readonly stdout: Output;
  readonly stderr: Output;
  /** The input for confirmations. Without it, nothing can be confirmed. */
  readonly stdin?: Input;
  readonly env: NodeJS.ProcessEnv;
  /** The folder where the search for the configuration begins. */
  readonly cwd: string;
  /** Stops the command and releases running work, like Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Used instead of a `gamekeeper.config` file, unless `--config` names one. */
  readonly config?: GamekeeperConfig;
}

/**
 * Runs one command line in this process. Returns its exit code and never throws.
 *
 * @example
 * const { stdout, stderr, stdin, env } = process;
 * process.exitCode = await runCli({ argv: ['status'], stdout, stderr, stdin, env, cwd: process.cwd() });
 */
export async function runCli({
  argv,
  stdout,
  stderr,
  stdin,
  env,
  cwd,
  signal = new AbortController().signal,
  config,
}: RunCliOptions): Promise<ExitCode> {
  const terminal = new Terminal({ stdout, stderr, stdin: stdin ?? null, env });
  const session = new Session({ terminal, env, cwd, signal, ...(config !== undefined && { config }) });
  const program = createProgram(session, { stdout, stderr });
  try {
    await addCompletion(program, session, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return session.exitCode;
  } catch (error) {
    reportError(error, session, argv);
    return exitCodeOf(error);
  }
}

function reportError(error: unknown, { terminal, options }: Session, argv: readonly string[]): void {
  // Commander has already printed the error.
  if (error instanceof CommanderError) return;
  const known = isGamekeeperError(error);
  const message = errorText(error);
  if (options.json ?? argv.includes('--json'))
    terminal.json({ error: { code: known ? error.code : 'FAULT', message } });
  const isFault = exitCodeOf(error) === exitCodes.fault;
  terminal.note(`${terminal.paint('red', 'error')}: ${message}`);
  const details = error instanceof Error && (isFault || options.verbose) ? error.stack : undefined;
  if (details !== undefined) terminal.note(terminal.paint('dim', redactSecrets(details)));
}
