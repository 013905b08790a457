import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { addAlerts } from './commands/alerts.ts';
import { addBackfill } from './commands/backfill.ts';
import { addCheck } from './commands/check.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDryRun } from './commands/dry-run.ts';
import { addEvents } from './commands/events.ts';
import { addExplain } from './commands/explain.ts';
import { addFailed } from './commands/failed.ts';
import { addInit } from './commands/init.ts';
import { addJobs } from './commands/jobs.ts';
import { addMigrate } from './commands/migrate.ts';
import { addPauseAndResume } from './commands/pause-resume.ts';
import { addPlayers } from './commands/players.ts';
import { addRecalculate } from './commands/recalculate.ts';
import { addReplay } from './commands/replay.ts';
import { addRetry } from './commands/retry.ts';
import { addRun } from './commands/run.ts';
import { addRuns } from './commands/runs.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addWhatIf } from './commands/what-if.ts';
import { exitCodes } from './exit-codes.ts';
import type { GlobalOptions, Session } from './session.ts';
import type { Output } from './terminal/terminal.ts';

/** Adds a command to the program. */
export type AddCommand = (program: Command, session: Session) => void;

/** In the order of the help text. */
const commands: readonly AddCommand[] = [
  addInit,
  addCheck,
  addMigrate,
  addStart,
  addDashboard,
  addStatus,
  addJobs,
  addRuns,
  addFailed,
  addEvents,
  addRun,
  addDryRun,
  addWhatIf,
  addBackfill,
  addRetry,
  addPauseAndResume,
  addRecalculate,
  addPlayers,
  addExplain,
  addAlerts,
  addReplay,
];

/** Returns the program with every command, option and help text. */
export function createProgram(
  session: Session,
  { stdout, stderr }: { readonly stdout: Output; readonly stderr: Output },
): Command {
  const width = (stream: Output): number => Math.min(stream.columns ?? 100, 100);
  const program = new Command('gamekeeper')
    .description('Gamekeeper for operators: inspect and control the background jobs of a game.')
    .version(version(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand('help [command]', 'help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      getOutHelpWidth: () => width(stdout),
      getErrHelpWidth: () => width(stderr),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help to see the options)')
    .option(
      '-c, --config <file>',
      'the configuration (default: the nearest gamekeeper.config.{ts,mts,js,mjs})',
    )
    .option('--json', 'one JSON document on standard output instead of tables')
    .option('-y, --yes', 'do not ask for confirmation')
    .option('-v, --verbose', 'show the log of the host, and the stack of errors')
    .addHelpText('after', exitCodeHelp)
    .hook('preAction', (_program, action) => {
      session.options = action.optsWithGlobals<GlobalOptions>();
    });
  for (const add of commands) add(program, session);
  return program;
}

const exitCodeHelp = `
Exit codes: ${exitCodes.ok} success, ${exitCodes.failed} unhealthy or failed, ${exitCodes.usage} wrong usage, ${exitCodes.unavailable} store unavailable,
  ${exitCodes.config} no usable configuration, ${exitCodes.notConfirmed} not confirmed, ${exitCodes.fault} bug, ${exitCodes.interrupted} interrupted`;

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
