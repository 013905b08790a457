import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import { scheduledJob } from './run.ts';

/** `pause` and `resume`: pauses and resumes jobs on all instances. */
export function addPauseAndResume(program: Command, session: Session): void {
  const pause = program
    .command('pause')
    .description('pauses jobs on all instances until they are resumed; a current run continues to its end')
    .argument('<job...>', 'the names of jobs')
    .action((jobs: readonly string[]) => each(session, jobs, 'pause'));
  withExamples(pause, 'pause streak-update', 'pause leaderboard-reset-weekly leaderboard-reset-monthly');
  const resume = program
    .command('resume')
    .description('resumes paused jobs; missedTicks of a job decides whether the ticks of the pause are run')
    .argument('<job...>', 'the names of jobs')
    .action((jobs: readonly string[]) => each(session, jobs, 'resume'));
  withExamples(resume, 'resume streak-update');
}

/** All names are checked before the first job is changed. */
function each(session: Session, jobs: readonly string[], verb: 'pause' | 'resume'): Promise<void> {
  return session.withHost(async (host) => {
    for (const job of jobs) scheduledJob(host, job);
    for (const job of jobs) await host[verb](job);
    const done = verb === 'pause' ? 'paused' : 'resumed';
    session.show({ [done]: jobs }, (terminal) => terminal.print(`${done}: ${jobs.join(', ')}`));
  });
}
