import {
  addMs,
  instant,
  type Alert,
  type CheckAlert,
  type Instant,
  type Transactions,
  type Verdict,
} from '@gamekeeper/core';
import { type AlertLog, type ClaimedAlert, type RaisedAlert } from '@gamekeeper/core/ports';
import { deepEqual, equal, rejects } from '../assertions.ts';
import { contractCases, type ContractCase, type ContractOptions } from '../contract.ts';

/** What {@link alertLogContract} runs against. */
export interface AlertLogHarness {
  readonly transactions: Transactions;
  readonly alertLog: AlertLog;
  /** Advances the store's clock. */
  readonly passTime: (ms: number) => Promise<void> | void;
  /** Returns the store's time. */
  readonly now: () => Promise<Instant> | Instant;
}

const LEASE_MS = 60_000;
/** In the past for any store's clock. */
const raisedAt = instant('2020-01-01T00:00:00.123Z');

/** Returns the contract of `AlertLog` as test cases. */
export function alertLogContract(options: ContractOptions<AlertLogHarness>): readonly ContractCase[] {
  return contractCases(options, [
    {
      name: 'stores a pending delivery of an alert for each of its channels, with all of its content',
      check: async (create) => {
        const { alertLog, raise, claim } = await harness(create);
        await raise(owed('late', 'sweep', ['log', 'mail']));
        deepEqual(await claim('log'), [{ alert: alertOf('late', 'sweep'), channel: 'log', attempt: 1 }]);
        deepEqual(await claim('mail'), [{ alert: alertOf('late', 'sweep'), channel: 'mail', attempt: 1 }]);
        deepEqual(await claim('pager'), []);
        equal((await alertLog.list({ limit: 10 })).length, 2);
      },
    },
    {
      name: 'stores an alert once, however many instances raise it',
      check: async (create) => {
        const { alertLog, raise, claim } = await harness(create);
        await raise(owed('late', 'sweep', ['log']));
        const [first] = await claim('log');
        await alertLog.complete([first!], { kind: 'delivered' });
        await raise(owed('late', 'sweep', ['log']));
        deepEqual(await claim('log'), []);
      },
    },
    {
      name: 'discards the alerts of a transaction that is rolled back',
      check: async (create) => {
        const { alertLog, transactions } = await harness(create);
        await rejects(
          transactions.run(async (tx) => {
            await alertLog.raise(tx, [owed('late', 'sweep', ['log'])]);
            throw new Error('undo');
          }),
          /undo/,
        );
        deepEqual(await alertLog.list({ limit: 10 }), []);
      },
    },
    {
      name: 'returns how many deliveries are pending and for how long, per channel, without those held back by quiet hours',
      check: async (create) => {
        const { alertLog, raise, claim, now, passTime } = await harness(create);
        deepEqual(await alertLog.lag(), { owed: 0, oldestAgeMs: null });
        const quiet = owed('late', 'quiet', ['log']);
        const notBefore = addMs(await now(), 10 * LEASE_MS);
        await raise({ ...quiet, deliveries: [{ channel: 'log', notBefore }] });
        deepEqual(await alertLog.lag(), { owed: 0, oldestAgeMs: null });
        await raise(owed('late', 'sweep', ['log', 'mail']));
        const { owed: count, oldestAgeMs } = await alertLog.lag();
        equal(count, 2);
        const expected = (await now()) - raisedAt;
        equal(Math.abs(oldestAgeMs! - expected) < LEASE_MS, true, `${oldestAgeMs} is not about ${expected}`);
        const [first] = await claim('log');
        await alertLog.complete([first!], { kind: 'failed', error: 'gone', retryInMs: 5 * LEASE_MS });
        equal((await alertLog.lag()).owed, 2);
        const [second] = await claim('mail');
        await alertLog.complete([second!], { kind: 'delivered' });
        equal((await alertLog.lag()).owed, 1);
        await passTime(5 * LEASE_MS);
        const [again] = await claim('log');
        await alertLog.complete([again!], { kind: 'given-up', error: 'gone' });
        deepEqual(await alertLog.lag(), { owed: 0, oldestAgeMs: null });
      },
    },
    {
      name: 'gives an alert to one claimant, and to another when the lease has expired',
      check: async (create) => {
        const { raise, claim, passTime } = await harness(create);
        await raise(owed('late', 'sweep', ['log']));
        deepEqual(attempts(await claim('log')), [1]);
        await passTime(LEASE_MS - 1);
        deepEqual(await claim('log'), []);
        await passTime(1);
        deepEqual(attempts(await claim('log')), [2]);
      },
    },
    {
      name: 'ignores the outcome of a claim that another instance has taken over',
      check: async (create) => {
        const { alertLog, raise, claim, passTime } = await harness(create);
        await raise(owed('late', 'sweep', ['log']));
        const [slow] = await claim('log');
        await passTime(LEASE_MS);
        const [quick] = await claim('log');
        await alertLog.complete([slow!], { kind: 'given-up', error: 'too slow' });
        deepEqual(await statuses(alertLog), ['owed']);
        await alertLog.complete([quick!], { kind: 'delivered' });
        await alertLog.complete([slow!], { kind: 'failed', error: 'too slow', retryInMs: 1 });
        deepEqual(await statuses(alertLog), ['delivered']);
      },
    },
    {
      name: 'records one outcome for many alerts, except for those that another instance has claimed since',
      check: async (create) => {
        const { alertLog, raise, claim, passTime } = await harness(create);
        await raise(...['a', 'b', 'c'].map((job) => owed('late', job, ['log', 'mail'])));
        const slow = await claim('log');
        await alertLog.complete([], { kind: 'delivered' });
        await passTime(LEASE_MS);
        const quick = await alertLog.claim({ channels: ['log'], leaseMs: LEASE_MS, limit: 1 });
        deepEqual(keys(quick), ['late:a']);
        await alertLog.complete(slow, { kind: 'failed', error: 'full', retryInMs: 5_000 });
        await passTime(5_000);
        deepEqual(keys(await claim('log')), ['late:b', 'late:c']);
        await alertLog.complete(quick, { kind: 'delivered' });
        await passTime(LEASE_MS);
        const rest = await claim('log');
        await alertLog.complete(rest, { kind: 'given-up', error: 'nobody there' });
        const listed = await alertLog.list({ limit: 10 });
        const told = listed.filter(({ channel }) => channel === 'log').map(({ status }) => status);
        deepEqual(told, ['given-up', 'given-up', 'delivered']);
        equal((await claim('mail')).length, 3);
      },
    },
    {
      name: 'makes a failed alert due again after its delay, and returns its error',
      check: async (create) => {
        const { alertLog, raise, claim, passTime } = await harness(create);
        await raise(owed('late', 'sweep', ['log']));
        const [first] = await claim('log');
        await alertLog.complete([first!], { kind: 'failed', error: 'mail\0box full', retryInMs: 5_000 });
        await passTime(4_999);
        deepEqual(await claim('log'), []);
        await passTime(1);
        deepEqual(attempts(await claim('log')), [2]);
        const [record] = await alertLog.list({ limit: 1 });
        equal(record!.error?.replaceAll('\0', ''), 'mailbox full');
      },
    },
    {
      name: 'delivers alerts about one job to a channel in order, and those about others meanwhile',
      check: async (create) => {
        const { alertLog, raise, claim } = await harness(create);
        await raise(
          owed('late', 'sweep', ['log']),
          owed('stuck', 'sweep', ['log']),
          owed('late', 'other', ['log']),
        );
        const first = await claim('log');
        deepEqual(keys(first), ['late:sweep', 'late:other']);
        await alertLog.complete([first[0]!], { kind: 'failed', error: 'full', retryInMs: 5_000 });
        deepEqual(await claim('log'), []);
        await alertLog.complete([first[0]!], { kind: 'delivered' });
        deepEqual(keys(await claim('log')), ['stuck:sweep']);
      },
    },
    {
      name: 'delivers alerts about a check and a job of the same name independently, each in order',
      check: async (create) => {
        const { raise, claim, alertLog } = await harness(create);
        const check = checkAlert('sweep');
        const recovery = { ...check, key: 'healthy:check:sweep', verdict: 'healthy' as const };
        const owedTo = [{ channel: 'log', notBefore: raisedAt }];
        await raise(
          owed('late', 'sweep', ['log']),
          { alert: check, deliveries: owedTo },
          { alert: recovery, deliveries: owedTo },
        );
        const first = await claim('log');
        deepEqual(keys(first), ['late:sweep', 'unhealthy:check:sweep']);
        deepEqual(first[1]!.alert, check);
        await alertLog.complete([first[1]!], { kind: 'delivered' });
        deepEqual(keys(await claim('log')), ['healthy:check:sweep']);
      },
    },
    {
      name: 'continues with the next alert of a job when the previous one is completed',
      check: async (create) => {
        const { alertLog, raise, claim } = await harness(create);
        await raise(owed('late', 'sweep', ['log']), owed('healthy', 'sweep', ['log']));
        const [trouble] = await claim('log');
        await alertLog.complete([trouble!], { kind: 'given-up', error: 'nobody there' });
        deepEqual(keys(await claim('log')), ['healthy:sweep']);
      },
    },
    {
      name: 'holds an alert back until it is due',
      check: async (create) => {
        const { alertLog, raise, claim, now, passTime } = await harness(create);
        const at = addMs(await now(), 3_600_000);
        await raise({ alert: alertOf('late', 'sweep'), deliveries: [{ channel: 'log', notBefore: at }] });
        await passTime(3_599_999);
        deepEqual(await claim('log'), []);
        await passTime(1);
        equal((await claim('log')).length, 1);
        equal((await alertLog.list({ limit: 10 })).length, 1);
      },
    },
    {
      name: 'claims no more than the limit, oldest first, and lists newest first',
      check: async (create) => {
        const { alertLog, raise } = await harness(create);
        const jobs = ['a', 'b', 'c', 'd', 'e'];
        await raise(...jobs.map((job) => owed('late', job, ['log'])));
        const claim = () => alertLog.claim({ channels: ['log'], leaseMs: LEASE_MS, limit: 2 });
        deepEqual(keys(await claim()), ['late:a', 'late:b']);
        deepEqual(keys(await claim()), ['late:c', 'late:d']);
        const listed = await alertLog.list({ limit: 3 });
        deepEqual(keys(listed), ['late:e', 'late:d', 'late:c']);
      },
    },
    {
      name: 'prunes old completed alerts, up to the limit, and no pending ones',
      check: async (create) => {
        const { alertLog, raise, claim, transactions } = await harness(create);
        await raise(...['a', 'b', 'c'].map((job) => owed('late', job, ['log'])));
        const claimed = await claim('log');
        await alertLog.complete(claimed.slice(0, 2), { kind: 'delivered' });
        const prune = (before: Instant, limit: number) =>
          transactions.run((tx) => alertLog.prune(tx, { before, limit }));
        equal(await prune(raisedAt, 10), 0);
        equal(await prune(addMs(raisedAt, 1), 1), 1);
        equal(await prune(addMs(raisedAt, 1), 10), 1);
        deepEqual(keys(await alertLog.list({ limit: 10 })), ['late:c']);
      },
    },
    {
      name: 'gives an alert to one of many concurrent claimants',
      needs: 'concurrent',
      check: async (create) => {
        const { raise, claim } = await harness(create);
        await raise(...Array.from({ length: 12 }, (_, index) => owed('late', `job-${index}`, ['log'])));
        const claimed = (await Promise.all([claim('log'), claim('log'), claim('log'), claim('log')])).flat();
        equal(new Set(keys(claimed)).size, claimed.length);
        const rest = await claim('log');
        equal(claimed.length + rest.length, 12);
      },
    },
  ]);
}

async function harness(create: ContractOptions<AlertLogHarness>['create']) {
  const made = await create();
  const { alertLog, transactions } = made;
  return {
    ...made,
    raise: (...alerts: RaisedAlert[]) => transactions.run((tx) => alertLog.raise(tx, alerts)),
    claim: (channel: string) => alertLog.claim({ channels: [channel], leaseMs: LEASE_MS, limit: 100 }),
  };
}

function owed(verdict: Verdict, job: string, channels: readonly string[]): RaisedAlert {
  return {
    alert: alertOf(verdict, job),
    deliveries: channels.map((channel) => ({ channel, notBefore: raisedAt })),
  };
}

function checkAlert(check: string): CheckAlert {
  const finding = { severity: 'critical' as const, text: "it's full \u{1F514}", since: raisedAt };
  return {
    key: `unhealthy:check:${check}`,
    kind: 'unhealthy',
    subject: 'check',
    check,
    verdict: 'unhealthy',
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: 'it is full',
    health: { check, verdict: 'unhealthy', ...finding, facts: { pending: 7, skewed: [{ instance: 'one' }] } },
  };
}

function alertOf(verdict: Verdict, job: string): Alert {
  return {
    key: `${verdict}:${job}`,
    kind: verdict === 'healthy' ? 'recovered' : 'unhealthy',
    subject: 'job',
    job,
    verdict,
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: `it's "${job}" \u{1F514}`,
    health: {
      job,
      verdict,
      lastSuccessTick: null,
      lagMs: 12,
      windowMs: 2_100_000,
      lastDurationMs: null,
      usualDurationMs: null,
      failedItems: 0,
      recentRuns: 0,
      recentFailures: 0,
      lastError: null,
      nextTick: addMs(raisedAt, 5),
      aheadThrough: null,
      runningTick: null,
      runningSince: null,
    },
  };
}

function keys(alerts: readonly { readonly alert: Alert }[]): readonly string[] {
  return alerts.map(({ alert }) => alert.key);
}

function attempts(owed: readonly ClaimedAlert[]): readonly number[] {
  return owed.map(({ attempt }) => attempt);
}

async function statuses(alertLog: AlertLog): Promise<readonly string[]> {
  return (await alertLog.list({ limit: 10 })).map(({ status }) => status);
}
