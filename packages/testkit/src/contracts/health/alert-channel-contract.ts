import { iso, type Alert, type AlertChannel, type AlertDigest, type CheckAlert } from '@gamekeeper/core';
import { equal, ok, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';
import { lateJobAlert } from './late-job-alert.ts';

/** What {@link alertChannelContract} runs against. */
export interface AlertChannelHarness {
  readonly channel: AlertChannel;
  /** Returns the messages that the destination received, oldest first, each as text with all of its content. */
  readonly received: () => Promise<readonly string[]> | readonly string[];
  /** From now on the destination rejects every message. */
  readonly refuse: () => Promise<void> | void;
  /**
   * From now on the destination rejects messages and asks for a delay of this many seconds. Omit it if the destination
   * cannot ask.
   */
  readonly askForSilence?: (seconds: number) => Promise<void> | void;
}

const { raisedAt } = lateJobAlert('sweep');
const { signal: never } = new AbortController();

/** Returns the contract of `AlertChannel` as test cases. */
export function alertChannelContract(options: ContractOptions<AlertChannelHarness>): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'sends an alert about a job, with its content',
      check: async (create) => {
        const { send, received } = await harness(create);
        await send(lateJobAlert('sweep'));
        const [message = '', ...rest] = await received();
        equal(rest.length, 0);
        ok(message.includes('sweep is late'), message);
      },
    },
    {
      name: 'sends an alert about a check, with its content',
      check: async (create) => {
        const { send, received } = await harness(create);
        await send(aCheckAlert('queue'));
        const [message = '', ...rest] = await received();
        equal(rest.length, 0);
        ok(message.includes('queue is unhealthy'), message);
      },
    },
    {
      name: 'sends a digest of many alerts as one message, with its counts and the most severe alerts',
      check: async (create) => {
        const { send, received } = await harness(create);
        await send(aDigest(500));
        const [message = '', ...rest] = await received();
        equal(rest.length, 0);
        ok(message.includes('500 unhealthy'), message);
        ok(message.includes('queue-0'), message);
        ok(message.length < 200_000, `a message of ${message.length} characters`);
      },
    },
    {
      name: 'throws if the destination rejects an alert or a digest',
      check: async (create) => {
        const { send, refuse } = await harness(create);
        await refuse();
        for (const alert of [lateJobAlert('sweep'), aCheckAlert('queue'), aDigest(6)]) {
          await rejects(send(alert), Error);
        }
      },
    },
    {
      name: 'throws an error with the delay that the destination asks for',
      check: async (create) => {
        const { send, askForSilence } = await harness(create);
        if (!askForSilence) return;
        await askForSilence(120);
        await rejects(send(aDigest(6)), (error: { readonly retryAfterMs?: unknown }) => {
          const { retryAfterMs } = error;
          ok(
            typeof retryAfterMs === 'number' && Math.abs(retryAfterMs - 120_000) <= 2_000,
            String(retryAfterMs),
          );
          return true;
        });
      },
    },
  ]);
}

async function harness(create: ContractOptions<AlertChannelHarness>['create']) {
  const made = await create();
  return { ...made, send: (alert: Alert | AlertDigest) => made.channel.send(alert, never) };
}

function aCheckAlert(check: string): CheckAlert {
  return {
    key: `unhealthy:check:${check}:${iso(raisedAt)}`,
    kind: 'unhealthy',
    subject: 'check',
    check,
    verdict: 'unhealthy',
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: `${check} is unhealthy: it is full`,
    health: {
      check,
      verdict: 'unhealthy',
      severity: 'critical',
      text: 'it is full',
      since: raisedAt,
      facts: { pending: 7 },
    },
  };
}

function aDigest(count: number): AlertDigest {
  const alerts = Array.from({ length: count }, (_, index) => aCheckAlert(`queue-${index}`));
  return {
    subject: 'digest',
    key: `digest:${count}:${alerts[0]!.key}:${alerts.at(-1)!.key}`,
    kind: 'unhealthy',
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: `${count} unhealthy (${count} critical): queue-0, queue-1 and ${count - 2} more`,
    counts: { unhealthy: count, reminder: 0, paused: 0, recovered: 0 },
    alerts,
  };
}
