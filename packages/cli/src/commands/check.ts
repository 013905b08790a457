import type { JobHost } from '@gamekeeper/composition';
import {
  SECOND_MS,
  instant,
  iso,
  type Instant,
  type JobHealth,
  type ScheduledJob,
  type WithDates,
} from '@gamekeeper/core';
import { isUnhealthy } from '@gamekeeper/core/engine';
import type { Command } from 'commander';
import { withExamples } from '../arguments.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { error, ok, tracedModules, warning, type Finding } from '../findings.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatQuantity, formatInstant } from '../terminal/format.ts';

/** The clock skew from which a host warns, unless configured. */
const MAX_SKEW_MS = 5 * SECOND_MS;
const MAX_NEXT_TICKS = 10;

interface NextTick {
  readonly job: string;
  readonly tick: Instant;
}

/** `check`: whether a host with this configuration can work here. */
export function addCheck(program: Command, session: Session): void {
  const command = program
    .command('check')
    .description(
      'whether a host with this configuration can work: modules, schema, clock, schedules, health, next runs',
    )
    .action(async () => {
      const findings: Finding[] = [];
      const next: NextTick[] = [];
      await check(session, findings, next);
      const isWell = findings.every(({ status }) => status !== 'error');
      if (!isWell && session.exitCode === exitCodes.ok) session.exitCode = exitCodes.failed;
      const json = {
        ok: isWell,
        findings,
        next: next.map(({ job, tick }) => ({ job, tick: iso(tick) })),
      };
      session.show(json, (terminal) => print(terminal, findings, next));
    });
  withExamples(command, 'check', 'check --json', 'check --config deploy/gamekeeper.config.ts');
}

async function check(session: Session, findings: Finding[], next: NextTick[]): Promise<void> {
  const { path, options } = await session.loadConfig();
  const { modules, opened } = tracedModules(options.modules);
  const host = session.createHost(path, { ...options, modules });
  findings.push(
    ok('configuration', `${path}: ${formatQuantity(host.jobs.length, 'job')}, every schedule is valid`),
  );
  const setup = await host.checkSetup();
  findings.push(...setup.map(({ subject, status, text, fix }) => ({ subject, status, text, fix })));
  // Without the store or a migrated schema, an attached host would only report the same problem again.
  const isUnusable = ({ subject, status }: Finding): boolean =>
    status === 'error' || (subject === 'schema' && status === 'warning');
  if (setup.some(isUnusable)) {
    session.exitCode = exitCodes.unavailable;
    return;
  }
  try {
    await session.withOpenHost(host, { register: 'none' }, async () => {
      findings.push(...opened, clockFinding(host, options.engine?.maxClockSkewMs ?? MAX_SKEW_MS));
      const { jobs: known, checks, judgedAt } = await host.health();
      findings.push(...registrations(host.jobs, known));
      for (const { job, verdict } of known)
        if (isUnhealthy(verdict)) findings.push(error(job, `is ${verdict}`));
      for (const { check: name, verdict, severity, text } of checks) {
        if (!isUnhealthy(verdict)) findings.push(ok(name, verdict));
        else findings.push((severity === 'warning' ? warning : error)(name, text ?? verdict));
      }
      next.push(...nextTicks(host.jobs, known, instant(judgedAt)));
    });
  } catch (cause) {
    const told = opened.find(({ status }) => status === 'error');
    // An error that did not come from a module ends the check.
    if (!told) throw cause;
    findings.push(...opened);
    session.exitCode = exitCodeOf(cause);
  }
}

function clockFinding({ clockSkewMs }: JobHost, maxSkewMs: number): Finding {
  if (clockSkewMs === null) return ok('this clock', 'is a custom clock and follows no store');
  const text = `this machine is ${(Math.abs(clockSkewMs) / SECOND_MS).toFixed(1)} s ${clockSkewMs < 0 ? 'behind' : 'ahead of'} the store`;
  if (Math.abs(clockSkewMs) <= maxSkewMs) return ok('this clock', text);
  return error('this clock', text, ['synchronize the clocks of this machine and of the store (NTP)']);
}

/** The stored jobs differ from the configuration until a host was started with it. */
function registrations(
  jobs: readonly ScheduledJob[],
  known: readonly WithDates<JobHealth>[],
): readonly Finding[] {
  const registered = new Set(known.map(({ job }) => job));
  const [there, missing] = [jobs.filter(isKnown), jobs.filter((one) => !isKnown(one))];
  const start = ['start a host with this configuration'];
  return [
    ...(there.length > 0 ? [ok('registration', `${formatQuantity(there.length, 'job')} registered`)] : []),
    ...(missing.length > 0
      ? [
          warning(
            'registration',
            `not registered in this store yet: ${missing.map(({ job }) => job.name).join(', ')}`,
            start,
          ),
        ]
      : []),
    ...there.flatMap(({ job, schedule }) => {
      const [own, recorded] = [scheduleText(job.schedule), scheduleText(schedule)];
      if (own === recorded) return [];
      return [
        warning(job.name, `runs at ${recorded}, the stored schedule; the configuration says ${own}`, start),
      ];
    }),
  ];

  function isKnown({ job }: ScheduledJob): boolean {
    return registered.has(job.name);
  }
}

function scheduleText({ cron, zone = 'UTC' }: { readonly cron: string; readonly zone?: string }): string {
  return `"${cron}" ${zone}`;
}

function nextTicks(
  jobs: readonly ScheduledJob[],
  known: readonly WithDates<JobHealth>[],
  now: Instant,
): readonly NextTick[] {
  const resting = new Set(known.filter(({ verdict }) => verdict === 'paused').map(({ job }) => job));
  return jobs
    .filter(({ job }) => !resting.has(job.name))
    .flatMap(({ job, schedule }) => {
      const tick = schedule.next(now);
      return tick === null ? [] : [{ job: job.name, tick }];
    })
    .sort((a, b) => a.tick - b.tick);
}

function print(terminal: Terminal, findings: readonly Finding[], next: readonly NextTick[]): void {
  terminal.table(findingColumns(terminal), findings);
  const fixes = findings.filter(({ fix }) => fix.length > 0);
  if (fixes.length > 0) terminal.print('\nto fix it:');
  for (const one of new Set(fixes.flatMap(({ fix }) => fix))) terminal.print(`  ${one}`);
  if (next.length === 0) return;
  terminal.print('\nnext runs:');
  terminal.table(nextColumns, next.slice(0, MAX_NEXT_TICKS));
}

const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const;

const findingColumns = (terminal: Terminal): readonly Column<Finding>[] => [
  {
    title: '',
    text: ({ status }) => status,
    paint: ({ status }, text) => terminal.paint(colours[status], text),
  },
  { title: 'SUBJECT', text: ({ subject }) => subject },
  { title: 'FOUND', text: ({ text }) => text, long: true },
];

const nextColumns: readonly Column<NextTick>[] = [
  { title: 'TICK', text: ({ tick }) => formatInstant(tick) },
  { title: 'JOB', text: ({ job }) => job },
];
