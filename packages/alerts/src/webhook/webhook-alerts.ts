import { InvalidOptionError, type Alert, type AlertChannel, type AlertDigest } from '@gamekeeper/core';
import { hiddenValue } from '@gamekeeper/core/engine';
import { alertJson } from '../alert-json.ts';
import { AlertNotDeliveredError } from '../alert-not-delivered-error.ts';
import { checkOptionNames, checkText, checkUrl, isRecord } from '../options.ts';
import { post } from './post.ts';
import { webhookSignature } from './webhook-signature.ts';

/** What {@link webhookAlerts} takes. */
export interface WebhookAlertOptions {
  /** Where alerts are sent to. A secret: it is never logged. */
  readonly url: string;
  /** Default `webhook`. */
  readonly name?: string;
  /** Further headers, such as `Authorization`. Secrets, too. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Signs each request (at least 16 characters), so that the receiver knows where it is from: header
   * `Gamekeeper-Signature`, `t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>", hexadecimal>`.
   */
  readonly secret?: string;
  /** What is sent, as something that JSON can tell. Default {@link alertJson}. */
  readonly body?: (alert: Alert | AlertDigest) => unknown;
}

/**
 * POSTs each alert as JSON to a URL, with the alert's key as header `Idempotency-Key`: the same alert may come twice.
 * Every answer but 2xx counts as a failure.
 *
 * @throws {InvalidOptionError} naming the option that cannot work
 * @example
 * webhookAlerts({ url: 'https://alerts.example.org/hook', headers: { Authorization: 'Bearer …' } });
 */
export function webhookAlerts(options: WebhookAlertOptions): AlertChannel {
  checkOptionNames('webhookAlerts', options, ['url', 'name', 'headers', 'secret', 'body']);
  const { name = 'webhook', secret, body = alertJson } = options;
  checkText('webhookAlerts.name', name);
  const url = checkUrl('webhookAlerts.url', options.url);
  const headers = {
    'content-type': 'application/json',
    ...checkedHeaders('webhookAlerts.headers', options.headers),
  };
  if (secret !== undefined && !(typeof secret === 'string' && secret.length >= 16)) {
    throw new InvalidOptionError(
      'webhookAlerts.secret',
      hiddenValue(secret),
      'must be at least 16 characters',
    );
  }
  if (typeof body !== 'function') {
    throw new InvalidOptionError('webhookAlerts.body', hiddenValue(body), 'must be a function of an alert');
  }
  return {
    name,
    send: async (alert, signal) => {
      const text = JSON.stringify(body(alert)) as string | undefined;
      if (text === undefined) throw new AlertNotDeliveredError(name, 'its option body returned no JSON');
      const own = {
        'idempotency-key': alert.key,
        ...(secret !== undefined && { 'gamekeeper-signature': webhookSignature(secret, text, Date.now()) }),
      };
      await post(name, { url, headers: { ...headers, ...own }, body: text }, signal);
    },
  };
}

/** Headers in lower case. No error repeats a value, and neither does a name that is a value by mistake. */
function checkedHeaders(option: string, headers: unknown): Readonly<Record<string, string>> {
  if (headers === undefined) return {};
  if (isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string')) {
    try {
      return Object.fromEntries(new Headers(headers as Record<string, string>));
    } catch {
      // Said below, without the cause: it repeats the header.
    }
  }
  throw new InvalidOptionError(option, hiddenValue(headers), 'must be an object of header names and values');
}
