import { iso, type Alert, type AlertChannel, type AlertDigest } from '@gamekeeper/core';
import { subjectKey } from '@gamekeeper/core/engine';
import { createHash } from 'node:crypto';
import { alertJson } from '../alert-json.ts';
import { AlertNotDeliveredError } from '../alert-not-delivered-error.ts';
import { facts, toneOf, type Tone } from '../alert-formatting.ts';
import { checkOptionNames, checkText } from '../options.ts';
import { checkSdk, type SentryEvent, type SentrySdk } from './sentry-sdk.ts';

/** Options of {@link sentryAlerts}. */
export interface SentryAlertOptions {
  /** The SDK that the host has initialized: `import * as Sentry from '@sentry/node'`. */
  readonly sentry: SentrySdk;
  /** Default `sentry`. */
  readonly name?: string;
}

/** Timeout of the SDK's flush. Milliseconds; core's timeout for a channel is 20 seconds. */
const FLUSH_TIMEOUT_MS = 15_000;

/**
 * Returns a channel that sends each alert to Sentry as an event: one issue per job (or check) and verdict, with level
 * and tags. An alert that Sentry did not accept (unreachable, or rate limit reached) counts as a failure.
 *
 * @throws {InvalidOptionError} naming the invalid option
 */
export function sentryAlerts(options: SentryAlertOptions): AlertChannel {
  checkOptionNames('sentryAlerts', options, ['sentry', 'name']);
  const { sentry, name = 'sentry' } = options;
  checkSdk('sentryAlerts.sentry', sentry);
  checkText('sentryAlerts.name', name);
  return {
    name,
    send: async (alert) => {
      const problem = await problemOfSending(sentry, eventOf(alert));
      if (problem !== null) throw new AlertNotDeliveredError(name, problem);
    },
  };
}

/** `flush` resolves also for rejected and dropped events, so the response is read from `afterSendEvent`. */
async function problemOfSending(sentry: SentrySdk, event: SentryEvent): Promise<string | null> {
  const client = sentry.getClient();
  if (!client || !sentry.isEnabled())
    return 'the Sentry SDK has no DSN; call its init before the host starts';
  let answer: { readonly statusCode?: number } | undefined;
  const forget = client.on('afterSendEvent', ({ event_id: id }, response) => {
    if (id === event.event_id) answer = response;
  });
  try {
    sentry.captureEvent(event);
    if (!(await sentry.flush(FLUSH_TIMEOUT_MS)) && !answer) return 'Sentry did not respond in time';
    // The client gets the response in the same turn in which `flush` resolves.
    await new Promise(setImmediate);
    return problemOf(answer);
  } catch {
    // Without the cause: the SDK's message may repeat the DSN.
    return 'the Sentry SDK failed';
  } finally {
    forget();
  }
}

function problemOf(answer: { readonly statusCode?: number } | undefined): string | null {
  if (!answer) return 'the Sentry SDK dropped the event; check its beforeSend and sampleRate';
  const { statusCode } = answer;
  if (statusCode === undefined) return 'Sentry cannot be reached, or its rate limit is reached';
  return statusCode >= 200 && statusCode < 300 ? null : `Sentry responded with ${statusCode}`;
}

const levels: Readonly<Record<Tone, SentryEvent['level']>> = {
  good: 'info',
  neutral: 'info',
  info: 'info',
  warning: 'warning',
  critical: 'error',
};

function eventOf(alert: Alert | AlertDigest): SentryEvent {
  const { key, kind, severity, since, raisedAt, text } = alert;
  return {
    // Sentry drops a second event with the same id.
    event_id: createHash('sha256').update(key).digest('hex').slice(0, 32),
    timestamp: raisedAt / 1_000,
    level: levels[toneOf(alert)],
    logger: 'gamekeeper',
    // Not `message`: the SDK drops a second event with the same message, and here it is a retry.
    logentry: { message: text },
    ...issueOf(alert),
    tags: { ...tagsOf(alert), 'gamekeeper.kind': kind, 'gamekeeper.severity': severity },
    contexts: { alert: { key, since: iso(since) }, ...contextOf(alert) },
  };
}

/** Digests of one kind form one issue, like alerts about one job and verdict. */
function issueOf(alert: Alert | AlertDigest): Pick<SentryEvent, 'fingerprint'> {
  if (alert.subject === 'digest') return { fingerprint: ['gamekeeper', 'digest', alert.kind] };
  return { fingerprint: ['gamekeeper', subjectKey(alert), alert.verdict] };
}

function tagsOf(alert: Alert | AlertDigest): Record<string, string> {
  if (alert.subject === 'digest') return { 'gamekeeper.alerts': String(alert.alerts.length) };
  const subject: Record<string, string> =
    alert.subject === 'job' ? { 'gamekeeper.job': alert.job } : { 'gamekeeper.check': alert.check };
  return { ...subject, 'gamekeeper.verdict': alert.verdict };
}

function contextOf(alert: Alert | AlertDigest): SentryEvent['contexts'] {
  if (alert.subject === 'digest') return { digest: Object.fromEntries(facts(alert)) };
  return { health: { ...alertJson(alert).health } };
}
