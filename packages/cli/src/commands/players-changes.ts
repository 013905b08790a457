import type { JobHost } from '@gamekeeper/composition';
import { userId, type OperationOptions } from '@gamekeeper/core';
import { InvalidArgumentError, type Command } from 'commander';
import { userInfo } from 'node:os';
import { readNumber, withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';

interface ChangeOptions {
  readonly reason: string;
  readonly by?: string;
  readonly id?: string;
}

interface StreakOptions extends ChangeOptions {
  readonly current?: number;
  readonly longest?: number;
  readonly protections?: number;
}

/** The changes of one player: `players rename`, `grant-lives`, `set-streak`, `adjust-xp`, `erase`. */
export function addChanges(players: Command, session: Session): void {
  const rename = change(players, 'rename', 'changes the name of a player, also on open boards')
    .argument('<name>', 'the new name')
    .action((id: string, name: string, options: ChangeOptions) =>
      apply(session, id, options, (host, by) => host.players.rename(userId(id), name, by)),
    );
  withExamples(rename, "players rename 42 'Ada L.' --reason 'ticket 1207'");
  const lives = change(players, 'grant-lives', 'gives a player lives, also beyond the maximum')
    .argument('<count>', 'a number, or full: as many as are missing to the maximum', readCount)
    .action((id: string, count: number | 'full', options: ChangeOptions) =>
      apply(session, id, options, (host, by) => host.players.grantLives(userId(id), count, by)),
    );
  withExamples(lives, 'players grant-lives 42 full --reason outage');
  const most = 1_000_000;
  const streak = change(players, 'set-streak', 'sets a streak, such as one that was lost in an outage')
    .option('--current <days>', 'the current streak', readNumber(0, most))
    .option('--longest <days>', 'the longest streak', readNumber(0, most))
    .option('--protections <number>', 'how many missed days will be forgiven', readNumber(0, 1_000))
    .action((id: string, { current, longest, protections, ...options }: StreakOptions) =>
      apply(session, id, options, (host, by) => {
        const values = {
          ...(current !== undefined && { currentStreak: current }),
          ...(longest !== undefined && { longestStreak: longest }),
          ...(protections !== undefined && { protections }),
        };
        return host.players.setStreak(userId(id), values, by);
      }),
    );
  withExamples(streak, 'players set-streak 42 --current 31 --reason outage');
  const xp = change(players, 'adjust-xp', 'gives XP, or takes it: of all time and of the current periods')
    .argument('<amount>', 'a whole number, such as 50 or -50', readAmount)
    .action((id: string, amount: number, options: ChangeOptions) =>
      apply(session, id, options, (host, by) => host.players.adjustXp(userId(id), amount, by)),
    );
  withExamples(xp, 'players adjust-xp 42 -50 --reason cheated');
  const erase = change(
    players,
    'erase',
    'erases a player from all tables; archives keep the rank without the name',
  ).action(async (id: string, options: ChangeOptions) => {
    await session.confirm(`Everything about the player ${id} will be erased.`);
    await apply(session, id, options, (host, by) => host.players.erase(userId(id), by));
  });
  withExamples(erase, "players erase 42 --reason 'request of the player' --yes");
}

function change(players: Command, name: string, description: string): Command {
  return players
    .command(name)
    .description(description)
    .argument('<player>', 'the id of the player')
    .requiredOption('--reason <text>', 'why; it is recorded in the event')
    .option('--by <name>', 'who; it is recorded in the event (default: the user of this terminal)')
    .option('--id <text>', 'repeating the command with this id changes nothing (default: a new one)');
}

async function apply(
  session: Session,
  player: string,
  { reason, by = userInfo().username, id }: ChangeOptions,
  work: (host: JobHost, options: OperationOptions) => Promise<boolean>,
): Promise<void> {
  await session.withHost(async (host) => {
    const changed = await work(host, { reason, by, ...(id !== undefined && { id }) });
    session.show({ player, changed }, (terminal) =>
      terminal.print(changed ? `done: player ${player}` : `nothing to do: player ${player}`),
    );
  });
}

function readCount(text: string): number | 'full' {
  return text === 'full' ? text : readNumber(1, 1_000)(text);
}

function readAmount(text: string): number {
  const amount = /^-?\d{1,16}$/.test(text) ? Number(text) : 0;
  if (amount !== 0) return amount;
  throw new InvalidArgumentError('Expected a whole number other than 0.');
}
