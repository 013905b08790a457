import type { GamekeeperConfig } from './config/define-config.ts';
import { exitCodes } from './exit-codes.ts';
import { runCli } from './run-cli.ts';

/**
 * Runs a command line as this process: with its streams, stopped by SIGINT and SIGTERM, and exits with its exit code.
 *
 * @param options.config used instead of a `gamekeeper.config` file, unless `--config` names one
 */
export async function runProcess({
  argv,
  config,
}: {
  readonly argv: readonly string[];
  readonly config?: GamekeeperConfig;
}): Promise<void> {
  const { stdout, stderr, stdin, env } = process;
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal exits at once.
      if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
      stderr.write(`${signal}: waiting for the current batches. Repeat to exit at once.\n`);
      stopping.abort();
    });
  }
  // A reader that closes the pipe early (`| head`) is not an error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    throw error;
  });
  const code = await runCli({
    argv,
    stdout,
    stderr,
    stdin,
    env,
    cwd: process.cwd(),
    signal: stopping.signal,
    ...(config !== undefined && { config }),
  });
  // Resources that the configuration opened itself (a pool, a log transport) must not keep the process alive.
  stdout.write('', () => process.exit(code));
}
