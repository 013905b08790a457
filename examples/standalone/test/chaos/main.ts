import { runChaos } from './run-chaos.ts';
import { ChaosUsageError, readChaosOptions, usage } from './chaos-options.ts';

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort(signal));

try {
  const options = readChaosOptions(process.argv.slice(2));
  process.exitCode = options === null ? 0 : await runChaos({ ...options, signal: abort.signal });
  if (options === null) process.stdout.write(usage);
} catch (error) {
  if (!(error instanceof ChaosUsageError)) throw error;
  process.stderr.write(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
