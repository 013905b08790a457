import { isGamekeeperError } from '@gamekeeper/core';
import { UsageError, readArguments, usage } from './arguments.ts';
import { replayCommand } from './commands/replay-command.ts';
import { runCommand } from './commands/run-command.ts';
import { startCommand } from './commands/start-command.ts';

const commands = { start: startCommand, run: runCommand, replay: replayCommand };

try {
  const args = readArguments(process.argv.slice(2), process.env);
  if (args.command === 'help') process.stdout.write(usage);
  else process.exitCode = await commands[args.command](args);
} catch (error) {
  // What was asked for cannot be done: say so in a sentence. Anything else is a fault and shows its stack.
  if (!(error instanceof UsageError) && !isGamekeeperError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${usage}`);
  process.exitCode = 2;
}
