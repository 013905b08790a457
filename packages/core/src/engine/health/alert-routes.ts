import { InvalidOptionError, described, hiddenValue } from '../common/errors.ts';
import { requiredOptions, wholeNumber } from '../common/options.ts';
import { MINUTE_MS, addMs, type Instant } from '../time/instant.ts';
import { localTime } from '../time/zones.ts';
import type { Alert } from './alert.ts';
import { type Severity, severities } from './severity.ts';
import type { AlertChannel } from './alert-channel.ts';
import type { RaisedAlert } from './alert-log.ts';

/** Hours of the day in which a channel receives nothing; alerts raised in them are sent at their end. */
export interface QuietHours {
  /** `22:00`, local time in `timeZone`. */
  readonly from: string;
  /** `07:00`. Earlier than `from` if the quiet hours span midnight. */
  readonly to: string;
  /** IANA name, default `UTC`. */
  readonly timeZone?: string;
  /** Alerts of at least this severity are sent at once nevertheless. Default: none. */
  readonly bypassSeverity?: Severity;
}

/** Which alerts a channel receives. */
export interface AlertRoute {
  readonly channel: AlertChannel;
  /** The minimum severity. Default `warning`. */
  readonly minSeverity?: Severity;
  /** Only alerts about these jobs, and about the checks in `checks`. Default: all, if neither is given. */
  readonly jobs?: readonly string[];
  /** Only alerts about these checks, and about the jobs in `jobs`. Default: all, if neither is given. */
  readonly checks?: readonly string[];
  readonly quietHours?: QuietHours;
  /**
   * If more alerts than this are pending at once, the channel receives one digest instead. Default 5; `null`: never,
   * for programs that need every alert.
   */
  readonly digestAbove?: number | null;
}

const ROUTE_OPTIONS = ['channel', 'minSeverity', 'jobs', 'checks', 'quietHours', 'digestAbove'];

/** The default of {@link AlertRoute.digestAbove}. */
export const DIGEST_ABOVE = 5;

/** Returns the channels that an alert is sent to, and the earliest instant for each. */
export function routeAlert(alert: Alert, routes: readonly AlertRoute[]): RaisedAlert {
  const owedTo = routes
    .filter((one) => atLeast(alert.severity, one.minSeverity ?? 'warning') && isAbout(alert, one))
    .map(({ channel, quietHours }) => ({
      channel: channel.name,
      notBefore: quietHours ? endOfQuiet(quietHours, alert) : alert.raisedAt,
    }));
  return { alert, deliveries: owedTo };
}

/** Returns whether a route receives alerts about this alert's job or check. */
function isAbout(alert: Alert, { jobs, checks }: AlertRoute): boolean {
  if (!jobs && !checks) return true;
  return alert.subject === 'job' ? (jobs ?? []).includes(alert.job) : (checks ?? []).includes(alert.check);
}

/** @throws {InvalidOptionError} naming the first invalid route */
export function assertAlertRoutes(option: string, routes: readonly AlertRoute[]): readonly AlertRoute[] {
  routes.forEach((route, index) => requiredOptions(`${option}[${index}].`, route, ROUTE_OPTIONS));
  const names = routes.map(({ channel }) => channel?.name);
  routes.forEach(({ channel, minSeverity, jobs, checks, quietHours, digestAbove = DIGEST_ABOVE }, index) => {
    const path = `${option}[${index}]`;
    if (typeof channel?.name !== 'string' || channel.name === '' || typeof channel.send !== 'function') {
      throw new InvalidOptionError(
        `${path}.channel`,
        hiddenValue(channel),
        'must be a channel with name and send, such as logAlerts(logger)',
      );
    }
    if (names.indexOf(channel.name) !== index) {
      throw new InvalidOptionError(`${path}.channel`, channel.name, 'must have a unique name');
    }
    if (minSeverity !== undefined) checkSeverity(`${path}.minSeverity`, minSeverity);
    if (digestAbove !== null) wholeNumber(`${path}.digestAbove`, digestAbove, { min: 1, max: 1_000 });
    if (jobs !== undefined) checkNames(`${path}.jobs`, jobs);
    if (checks !== undefined) checkNames(`${path}.checks`, checks);
    if (quietHours !== undefined) checkQuietHours(`${path}.quietHours`, quietHours);
  });
  return routes;
}

function atLeast(severity: Severity, least: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(least);
}

/** Returns when an alert may be sent to a channel: at once, or at the end of its quiet hours. */
function endOfQuiet(
  { from, to, timeZone = 'UTC', bypassSeverity }: QuietHours,
  { severity, raisedAt }: Alert,
): Instant {
  if (bypassSeverity !== undefined && atLeast(severity, bypassSeverity)) return raisedAt;
  const time = localTime(timeZone, raisedAt);
  const quiet = from < to ? from <= time && time < to : from <= time || time < to;
  if (!quiet) return raisedAt;
  const end = addMs(raisedAt, minutesBetween(time, to) * MINUTE_MS - (raisedAt % MINUTE_MS));
  // Corrects for a clock change of the time zone in between.
  const early = minutesBetween(localTime(timeZone, end), to);
  return addMs(end, (early < HALF_A_DAY ? early : early - 2 * HALF_A_DAY) * MINUTE_MS);
}

const HALF_A_DAY = 12 * 60;

/** Returns the number of minutes from one time of day to the next occurrence of another, 0 to 1,439. */
function minutesBetween(time: string, next: string): number {
  return (minutes(next) - minutes(time) + 2 * HALF_A_DAY) % (2 * HALF_A_DAY);
}

function minutes(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}

function checkSeverity(option: string, severity: Severity): void {
  if (severities.includes(severity)) return;
  throw new InvalidOptionError(
    option,
    severity,
    `must be one of ${severities.map((one) => `"${one}"`).join(', ')}`,
  );
}

function checkNames(option: string, names: readonly string[]): void {
  if (Array.isArray(names) && names.every((name) => typeof name === 'string')) return;
  throw new InvalidOptionError(option, names, 'must be a list of names');
}

function checkQuietHours(option: string, quietHours: QuietHours): void {
  const known = ['from', 'to', 'timeZone', 'bypassSeverity'];
  const { from, to, timeZone = 'UTC', bypassSeverity } = requiredOptions(`${option}.`, quietHours, known);
  for (const [name, time] of Object.entries({ from, to })) {
    if (typeof time !== 'string' || !/^([01]\d|2[0-3]):[0-5]\d$/.test(time)) {
      throw new InvalidOptionError(`${option}.${name}`, time, 'must be a time of day such as "22:00"');
    }
  }
  if (from === to)
    throw new InvalidOptionError(
      option,
      described(`${from} to ${to}`),
      'must have different values in from and to',
    );
  if (bypassSeverity !== undefined) checkSeverity(`${option}.bypassSeverity`, bypassSeverity);
  try {
    localTime(timeZone, 0 as Instant);
  } catch {
    throw new InvalidOptionError(
      `${option}.timeZone`,
      timeZone,
      'must be an IANA time zone such as "Europe/Berlin"',
    );
  }
}
