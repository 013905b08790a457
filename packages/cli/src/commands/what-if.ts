import { type Instant, type WhatIfOptions, type WhatIfReport, type WithDates } from '@gamekeeper/core';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { readInstant, readNumber, withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';
import { formatInstant, formatQuantity } from '../terminal/format.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

type Rules = Readonly<Record<string, number>>;

interface WhatIfArguments {
  readonly rule: Rules;
  readonly tick?: Instant;
  readonly sample: number;
}

/** `what-if`: shows what a tick would do with other rules. */
export function addWhatIf(program: Command, session: Session): void {
  const command = program
    .command('what-if')
    .description('shows what a tick would do with other rules, without changing or locking anything')
    .argument('<job>', 'streak-update or life-regeneration')
    .requiredOption(
      '-r, --rule <name=number...>',
      'a rule to try, such as breakAfterHours=36; the others stay',
      readRule,
    )
    .option('--tick <instant>', 'an instant of its schedule (default: the next one)', readInstant)
    .addOption(
      new Option('--sample <number>', 'maximum number of players to show')
        .argParser(readNumber(0, 100))
        .default(10),
    )
    .action((job: string, { rule, tick, sample }: WhatIfArguments) =>
      session.withHost(async (host) => {
        // The host refuses a rule that the job does not have, by its name.
        const rules = rule as WhatIfOptions['rules'];
        const report = await host.whatIf(job, { rules, sample, ...(tick !== undefined && { tick }) });
        session.show(report, (terminal) => print(terminal, report));
      }),
    );
  withExamples(
    command,
    'what-if streak-update --rule breakAfterHours=36',
    'what-if life-regeneration --rule regenMinutes=20 --rule maxLives=6 --json',
  );
}

function readRule(text: string, before: Rules = {}): Rules {
  const [, name, value] = /^([A-Za-z]+)=(\d{1,9})$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('Expected a rule such as breakAfterHours=36.');
  return { ...before, [name]: Number(value) };
}

function print(terminal: Terminal, report: WithDates<WhatIfReport>): void {
  const { job, tick, rules, current, proposed, differing, sample } = report;
  const changed = Object.entries<number>(rules.proposed).filter(
    ([name, value]) => (rules.current as Rules)[name] !== value,
  );
  const tried = changed.map(
    ([name, value]) => `${name} ${value} instead of ${(rules.current as Rules)[name]}`,
  );
  terminal.print(`${job} at ${formatInstant(tick)} with ${tried.join(', ') || 'the rules in force'}`);
  terminal.print('');
  terminal.table(
    countColumns,
    Object.entries<number>(current).map(([name, now]) => ({
      name,
      now,
      tried: (proposed as unknown as Rules)[name]!,
    })),
  );
  terminal.print('');
  terminal.print(`${formatQuantity(differing, 'player')} would be treated differently`);
  if (sample.length === 0) return;
  terminal.print('');
  terminal.table(playerColumns, sample);
}

interface Count {
  readonly name: string;
  readonly now: number;
  readonly tried: number;
}

const countColumns: readonly Column<Count>[] = [
  { title: 'PLAYERS', text: ({ name }) => name },
  { title: 'NOW', text: ({ now }) => String(now), align: 'right' },
  { title: 'WITH THESE RULES', text: ({ tried }) => String(tried), align: 'right' },
];

type Player = WithDates<WhatIfReport>['sample'][number];

const playerColumns: readonly Column<Player>[] = [
  { title: 'PLAYER', text: ({ userId }) => userId, long: true },
  { title: 'BEFORE', text: (player) => before(player) },
  { title: 'NOW', text: ({ current }) => outcome(current) },
  { title: 'WITH THESE RULES', text: ({ proposed }) => outcome(proposed) },
];

function before(player: Player): string {
  if (!('lastQuizAt' in player)) return formatQuantity(player.currentLives, 'life', 'lives');
  const { currentStreak, protections, lastQuizAt } = player;
  return `streak ${currentStreak}, ${formatQuantity(protections, 'protection')}, last quiz ${formatInstant(lastQuizAt)}`;
}

function outcome(of: Player['current']): string {
  if (typeof of === 'string') return of;
  const next = of.nextRegenAt === null ? '' : `, next from ${formatInstant(of.nextRegenAt)}`;
  return `${formatQuantity(of.currentLives, 'life', 'lives')}${next}`;
}
