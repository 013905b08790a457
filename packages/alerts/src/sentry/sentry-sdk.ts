import { InvalidOptionError } from '@gamekeeper/core';
import { hiddenValue } from '@gamekeeper/core/engine';
import { isRecord } from '../options.ts';

/**
 * The parts of the Sentry SDK that are used: `import * as Sentry from '@sentry/node'`, or the SDK of another runtime,
 * initialized by the host. No version of it is imported here.
 */
export interface SentrySdk {
  captureEvent(event: SentryEvent): string;
  captureCheckIn(checkIn: SentryCheckIn, monitor?: SentryMonitor): string;
  flush(timeoutMs: number): PromiseLike<boolean>;
  isEnabled(): boolean;
  getClient(): SentryClient | undefined;
}

/** The SDK's client, which reports how the delivery of an event ended. */
export interface SentryClient {
  on(
    hook: 'afterSendEvent',
    told: (event: { readonly event_id?: string }, response: { readonly statusCode?: number }) => void,
  ): () => void;
}

/** An event in Sentry's format. */
export interface SentryEvent {
  event_id: string;
  /** Seconds since 1970. */
  timestamp: number;
  level: 'info' | 'warning' | 'error';
  logger: string;
  logentry: { message: string };
  fingerprint: string[];
  tags: Record<string, string>;
  contexts: Record<string, Record<string, unknown>>;
}

/** A check-in of a monitor in Sentry's format. Check-ins with the same id are one. */
export interface SentryCheckIn {
  monitorSlug: string;
  status: 'in_progress' | 'ok' | 'error';
  checkInId: string;
  /** Seconds. */
  duration?: number;
}

/** The configuration of a monitor in Sentry's format. */
export interface SentryMonitor {
  schedule: { type: 'crontab'; value: string };
  timezone: string;
  /** Minutes after the tick. */
  checkinMargin: number;
  /** Minutes. */
  maxRuntime: number;
}

const methods = ['captureEvent', 'captureCheckIn', 'flush', 'isEnabled', 'getClient'] as const;

/** @throws {InvalidOptionError} if it is not the SDK */
export function checkSdk(option: string, sdk: unknown): void {
  if (isRecord(sdk) && methods.every((method) => typeof sdk[method] === 'function')) return;
  throw new InvalidOptionError(
    option,
    hiddenValue(sdk),
    "must be the SDK: import * as Sentry from '@sentry/node'",
  );
}
