import { instant, iso, type Alert, type AlertRoute, type CheckFinding } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { Option, type Command } from 'commander';
import { hostname } from 'node:os';
import { withExamples } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import type { Column } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { formatDuration } from '../terminal/format.ts';

/** The same timeout as in a host. */
const TIMEOUT_MS = 10_000;
const CHECK = 'gamekeeper-test';

type Severity = CheckFinding['severity'];

interface TestResult {
  readonly channel: string;
  readonly delivered: boolean;
  readonly durationMs: number;
  readonly error: string | null;
}

/** `alerts test`: sends a test alert through the channels. */
export function addAlerts(program: Command, session: Session): void {
  const alerts = program.command('alerts').description('the alert channels');
  const test = alerts
    .command('test')
    .description('sends a test alert and its recovery through each channel, ignoring routes and quiet hours')
    .option('--channel <name...>', 'only these channels')
    .addOption(
      new Option('--severity <severity>', 'the severity of the test alert')
        .choices(['warning', 'critical'])
        .default('warning'),
    )
    .action((options: { readonly channel?: string[]; readonly severity: Severity }) =>
      testAlerts(session, options),
    );
  withExamples(test, 'alerts test', 'alerts test --channel slack --severity critical', 'alerts test --json');
}

async function testAlerts(
  session: Session,
  { channel: only, severity }: { readonly channel?: string[]; readonly severity: Severity },
): Promise<void> {
  const { path, options } = await session.loadConfig();
  // Validates the channels as a host does.
  session.createHost(path, options);
  const routes = selectRoutes(options.health?.alerts ?? [], only);
  const told: TestResult[] = [];
  for (const { channel } of routes) told.push(await sendTestAlert(channel, severity, session.signal));
  if (told.some(({ delivered }) => !delivered)) session.exitCode = exitCodes.failed;
  session.show({ channels: told }, (terminal) => {
    if (told.length === 0)
      terminal.print('no alert channel is configured (health.alerts); alerts go only to the log');
    else terminal.table(columns(terminal), told);
  });
}

/** @throws {UsageError} for an unknown channel */
function selectRoutes(
  routes: readonly AlertRoute[],
  only: readonly string[] | undefined,
): readonly AlertRoute[] {
  if (only === undefined) return routes;
  const names = routes.map(({ channel }) => channel.name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`There is no channel ${unknown}; known channels are ${names.join(', ') || 'none'}.`);
  return routes.filter(({ channel }) => only.includes(channel.name));
}

/** Sends the recovery too, so that incidents opened by the alert are closed again. */
async function sendTestAlert(
  channel: AlertRoute['channel'],
  severity: Severity,
  signal: AbortSignal,
): Promise<TestResult> {
  const startedAt = performance.now();
  const result = (error: string | null): TestResult => ({
    channel: channel.name,
    delivered: error === null,
    durationMs: Math.round(performance.now() - startedAt),
    error,
  });
  try {
    for (const alert of testAlert(severity)) {
      await withTimeout(channel.send(alert, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])));
    }
    return result(null);
  } catch (error) {
    return result(errorText(error));
  }
}

/** The timeout holds even if a channel ignores its signal. */
async function withTimeout(sending: Promise<void>): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no response within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS);
  await Promise.race([sending, promise]).finally(() => clearTimeout(timer));
}

function testAlert(severity: Severity): readonly Alert[] {
  const raisedAt = instant(Date.now());
  const text = `this is a test, sent manually from ${hostname()}; nothing is wrong`;
  const about = { subject: 'check', check: CHECK, severity, since: raisedAt, raisedAt } as const;
  const health = { check: CHECK, facts: null };
  const unhealthy = {
    ...health,
    verdict: 'unhealthy',
    severity,
    text,
    since: raisedAt,
  } as const;
  const healthy = { ...health, verdict: 'healthy', severity: null, text: null, since: null } as const;
  const key = (verdict: string): string => `${verdict}:check:${CHECK}:${iso(raisedAt)}`;
  return [
    {
      ...about,
      key: key('unhealthy'),
      kind: 'unhealthy',
      verdict: 'unhealthy',
      text: `${CHECK} is unhealthy: ${text}`,
      health: unhealthy,
    },
    {
      ...about,
      key: key('healthy'),
      kind: 'recovered',
      verdict: 'healthy',
      text: `${CHECK} is healthy again: the test is over`,
      health: healthy,
    },
  ];
}

const columns = (terminal: Terminal): readonly Column<TestResult>[] => [
  { title: 'CHANNEL', text: ({ channel }) => channel },
  {
    title: 'RESULT',
    text: ({ delivered }) => (delivered ? 'delivered' : 'failed'),
    paint: ({ delivered }, text) => terminal.paint(delivered ? 'green' : 'red', text),
  },
  { title: 'TOOK', text: ({ durationMs }) => formatDuration(durationMs), align: 'right' },
  { title: 'ERROR', text: ({ error }) => error ?? '', long: true },
];
