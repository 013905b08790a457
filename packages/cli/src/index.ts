export { defineConfig, type GamekeeperConfig } from './config/define-config.ts';
export { ConfigError, InterruptedError, NotConfirmedError, UsageError } from './errors.ts';
export { exitCodes, type ExitCode } from './exit-codes.ts';
export { runCli, type RunCliOptions } from './run-cli.ts';
export type { Input, Output } from './terminal/terminal.ts';
