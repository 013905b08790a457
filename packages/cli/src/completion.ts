import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';
import type { Session } from './session.ts';

/** Commands whose arguments are job names. */
const aboutJobs = ['runs', 'failed', 'run', 'dry-run', 'backfill', 'pause', 'resume', 'retry'];

/**
 * Adds `completion <shell>`, which prints the script for a shell, and the hidden command that the script calls. Names
 * of jobs and boards are completed if there is a configuration.
 */
export async function addCompletion(
  program: Command,
  session: Session,
  argv: readonly string[],
): Promise<void> {
  const completion = tab(program, { completionCommandName: 'completion' });
  if (argv[0] !== 'complete') return;
  const { jobs, boards } = await names(session);
  for (const [name, command] of completion.commands) {
    for (const option of program.options.filter(({ long }) => long !== '--version')) {
      command.option(option.long!.slice(2), option.description);
    }
    const [argument] = command.arguments.values();
    if (!argument) continue;
    const words = aboutJobs.includes(name) ? jobs : name === 'recalculate' ? boards : null;
    if (words) argument.handler = (complete) => words.forEach((word) => complete(word, ''));
  }
}

/** Returns the names from the configuration without opening a host; none if it cannot be loaded. */
async function names(session: Session): Promise<Record<'jobs' | 'boards', readonly string[]>> {
  try {
    const host = await session.host();
    return {
      jobs: host.jobs.map(({ job }) => job.name),
      boards: host.leaderboards.boards.map(({ key }) => key),
    };
  } catch {
    return { jobs: [], boards: [] };
  }
}
