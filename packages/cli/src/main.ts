#!/usr/bin/env node
import { exitCodes } from './exit-codes.ts';
import { runCli } from './run-cli.ts';

const { stdout, stderr, stdin, env } = process;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Whoever asks twice does not want to wait.
    if (stopping.signal.aborted) process.exit(exitCodes.interrupted);
    stderr.write('Stopping: the batch at work is committed or undone. Once more to end at once.\n');
    stopping.abort();
  });
}
// A reader that has seen enough (`| head`) is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

const code = await runCli({
  argv: process.argv.slice(2),
  stdout,
  stderr,
  stdin,
  env,
  cwd: process.cwd(),
  signal: stopping.signal,
});
// What a configuration has opened itself (a pool, a transport of a log) must not keep the process alive.
stdout.write('', () => process.exit(code));
