import { execFile } from 'node:child_process';

/** Longer than any step takes, but what hangs must end. Milliseconds. */
const timeout = 600_000;

/** Runs a program and gives back what it printed. Throws what it printed when it fails. */
export function execute(file: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    // Without the conditions that development runs with: what is checked is what a user gets.
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' };
    execFile(file, args, { cwd, env, timeout, maxBuffer: 2 ** 26 }, (cause, stdout, stderr) => {
      if (cause) reject(new Error(`${stdout}${stderr}`.trim() || cause.message, { cause }));
      else resolve(stdout);
    });
  });
}
