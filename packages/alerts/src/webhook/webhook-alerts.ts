import { InvalidOptionError, type Alert, type AlertChannel, type AlertDigest } from '@gamekeeper/core';
import { hiddenValue } from '@gamekeeper/core/engine';
import { alertJson } from '../alert-json.ts';
import { AlertNotDeliveredError } from '../alert-not-delivered-error.ts';
import { checkOptionNames, checkText, checkUrl, isRecord } from '../options.ts';
import { post } from './post.ts';
import { webhookSignature } from './webhook-signature.ts';

/** Options of {@link webhookAlerts}. */
export interface WebhookAlertOptions {
  /** The URL that alerts are POSTed to. It is a secret and never logged. */
  readonly url: string;
  /** Default `webhook`. */
  readonly name?: string;
  /** Further headers, such as `Authorization`. They are secrets, too. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Signs each request, so that the receiver can verify its sender: header `Gamekeeper-Signature`, `t=<seconds since
   * 1970>,v1=<HMAC-SHA256 of "<t>.<body>", hexadecimal>`. 16 to 1,000 characters.
   */
  readonly secret?: string;
  /** Returns the body to send; it must be serializable as JSON. Default {@link alertJson}. */
  readonly body?: (alert: Alert | AlertDigest) => unknown;
}

/**
 * Returns a channel that POSTs each alert as JSON to a URL, with the alert's key in the header `Idempotency-Key`,
 * because the same alert may be sent twice. Every response but 2xx counts as a failure.
 *
 * @throws {InvalidOptionError} naming the invalid option
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
  if (
    secret !== undefined &&
    !(typeof secret === 'string' && secret.length >= 16 && secret.length <= 1_000)
  ) {
    throw new InvalidOptionError(
      'webhookAlerts.secret',
      hiddenValue(secret),
      'must be 16 to 1,000 characters',
    );
  }
  if (typeof body !== 'function') {
    throw new InvalidOptionError('webhookAlerts.body', hiddenValue(body), 'must be a function of an alert');
  }
  return {
    name,
    send: async (alert, signal) => {
      const text = JSON.stringify(body(alert)) as string | undefined;
      if (text === undefined)
        throw new AlertNotDeliveredError(
          name,
          'the function in its option body returned a value that is not JSON',
        );
      const own = {
        'idempotency-key': alert.key,
        ...(secret !== undefined && { 'gamekeeper-signature': webhookSignature(secret, text, Date.now()) }),
      };
      await post(name, { url, headers: { ...headers, ...own }, body: text }, signal);
    },
  };
}

/** Returns the headers with lower-case names. No error shows a value, nor a name, which may be a value by mistake. */
function checkedHeaders(option: string, headers: unknown): Readonly<Record<string, string>> {
  if (headers === undefined) return {};
  if (isRecord(headers) && Object.values(headers).every((value) => typeof value === 'string')) {
    try {
      return Object.fromEntries(new Headers(headers as Record<string, string>));
    } catch {
      // Thrown below without the cause, which repeats the header.
    }
  }
  throw new InvalidOptionError(option, hiddenValue(headers), 'must be an object of header names and values');
}
