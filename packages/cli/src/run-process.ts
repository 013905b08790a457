import type { GamekeeperConfig } from './config/define-config.ts';
import { exitCodes } from './exit-codes.ts';
import { runCli } from './run-cli.ts';

/**
 * Runs a command line as what this process is for: on its streams, stopped by SIGINT and SIGTERM, ended with its exit code.
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
      // Whoever asks twice does not want to wait.
      if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
      stderr.write(`${signal}: finishing the batches at work. Once more to end at once.\n`);
      stopping.abort();
    });
  }
  // A reader that has seen enough (`| head`) is no error.
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
  // What a configuration has opened itself (a pool, a transport of a log) must not keep the process alive.
  stdout.write('', () => process.exit(code));
}
