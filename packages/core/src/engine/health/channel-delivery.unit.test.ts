import { MemoryAlertLog, MemoryDatabase, VirtualClock } from '@gamekeeper/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogFields, Logger } from '../common/logger.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS, instant, addMs } from '../time/instant.ts';
import type { Alert, CheckAlert } from './alert.ts';
import { AlertDelivery } from './alert-delivery.ts';
import type { AlertDigest } from './alert-digest.ts';
import type { AlertRoute } from './alert-routes.ts';

const start = instant('2026-11-24T12:00:00Z');

/** A channel, two instances that deliver to it, and a log of alerts that they share. */
class Channel {
  readonly clock = new VirtualClock(start);
  readonly #database = new MemoryDatabase(this.clock);
  readonly alertLog = new MemoryAlertLog(this.#database);
  /** What it was sent, and whether it took it. */
  readonly sent: { readonly alert: Alert | AlertDigest; readonly taken: boolean }[] = [];
  readonly lines: (readonly [keyof Logger, string, LogFields | undefined])[] = [];
  readonly #instances: readonly AlertDelivery[];

  constructor(
    refuses: (alert: Alert | AlertDigest) => Error | null = () => null,
    options: Pick<AlertRoute, 'digestAbove'> = {},
  ) {
    const channel = {
      name: 'pager',
      send: async (alert: Alert | AlertDigest): Promise<void> => {
        const refusal = refuses(alert);
        this.sent.push({ alert, taken: refusal === null });
        if (refusal !== null) throw refusal;
      },
    };
    const write =
      (level: keyof Logger) =>
      (text: string, fields?: LogFields): void =>
        void this.lines.push([level, text, fields]);
    this.#instances = [0, 1].map(
      () =>
        new AlertDelivery({
          alertLog: this.alertLog,
          routes: [{ channel, ...options }],
          clock: this.clock,
          logger: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
          random: () => 0,
        }),
    );
  }

  async raise(count: number, change: Partial<CheckAlert> = {}): Promise<void> {
    const alerts = Array.from({ length: count }, (_, index) => anAlert(`queue-${index}`, change));
    const owed = alerts.map((alert) => ({
      alert,
      deliveries: [{ channel: 'pager', notBefore: alert.raisedAt }],
    }));
    await this.#database.run((tx) => this.alertLog.raise(tx, owed));
  }

  deliver(instance = 0): Promise<void> {
    return this.#instances[instance]!.deliver();
  }

  /** Lets time pass, with a look of each instance every 15 s. */
  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 15 * SECOND_MS) {
      this.clock.jumpTo(addMs(this.clock.now(), 15 * SECOND_MS));
      await this.deliver(0);
      await this.deliver(1);
    }
  }

  /** The subjects of what it took: a job, a check, or `digest`. */
  get subjects(): readonly string[] {
    return this.sent.map(({ alert }) => alert.subject);
  }

  get told(): readonly string[] {
    return this.lines.filter(([level]) => level !== 'debug').map(([level, text]) => `${level} ${text}`);
  }

  async statuses(): Promise<Record<string, number>> {
    const all = await this.alertLog.list({ limit: 10_000 });
    return Object.fromEntries(
      ['owed', 'delivered', 'given-up'].map((status) => [
        status,
        all.filter((record) => record.status === status).length,
      ]),
    );
  }
}

function anAlert(check: string, change: Partial<CheckAlert> = {}): CheckAlert {
  const { kind = 'unhealthy', raisedAt = start } = change;
  const verdict = kind === 'recovered' ? 'healthy' : 'unhealthy';
  return {
    key: `${kind}:${check}:${raisedAt}`,
    kind,
    subject: 'check',
    check,
    verdict,
    severity: 'critical',
    since: raisedAt,
    raisedAt,
    text: `${check} is ${verdict}`,
    health: { check, verdict, severity: null, text: null, since: null, facts: null },
    ...change,
  };
}

const asksForSilence = (retryAfterMs: unknown): Error =>
  Object.assign(new Error('the server answered 429'), { retryAfterMs });

describe('what is owed to a channel at one look', () => {
  it('is told one by one where it is a handful, and as one digest where it is more', async () => {
    const channel = new Channel();
    await channel.raise(5);
    await channel.deliver();
    expect(channel.subjects).toEqual(['check', 'check', 'check', 'check', 'check']);
    await channel.raise(6, { kind: 'recovered' });
    await channel.deliver();
    expect(channel.subjects.slice(5)).toEqual(['digest']);
    expect(await channel.statuses()).toEqual({ owed: 0, delivered: 11, 'given-up': 0 });
  });

  it('is told by the bound of the route, or always one by one', async () => {
    const [two, never] = [
      new Channel(undefined, { digestAbove: 1 }),
      new Channel(undefined, { digestAbove: null }),
    ];
    for (const channel of [two, never]) {
      await channel.raise(50);
      await channel.deliver();
    }
    expect(two.subjects).toEqual(['digest']);
    expect(never.subjects).toHaveLength(50);
    expect(never.subjects).not.toContain('digest');
  });

  it('waits where the channel asks for silence, also what is raised meanwhile, and whichever instance looks', async () => {
    let refusals = 1;
    const channel = new Channel(() => ((refusals -= 1) >= 0 ? asksForSilence(120_000) : null));
    await channel.raise(500);
    await channel.deliver(0);
    await channel.deliver(1);
    await channel.pass(MINUTE_MS);
    await channel.raise(1, { kind: 'reminder', raisedAt: addMs(start, MINUTE_MS) });
    await channel.deliver(0);
    expect(channel.sent).toHaveLength(1);
    await channel.pass(45 * SECOND_MS);
    expect(channel.sent).toHaveLength(1);
    await channel.pass(30 * SECOND_MS);
    expect(channel.subjects.slice(1)).toEqual(['digest', 'check']);
    expect(await channel.statuses()).toEqual({ owed: 0, delivered: 501, 'given-up': 0 });
  });

  it('waits no longer than six hours, and not at all for what is no time', async () => {
    for (const asked of [Number.MAX_VALUE, Infinity, 7 * 3_600_000]) {
      const channel = new Channel(() => (channel.sent.length === 0 ? asksForSilence(asked) : null));
      await channel.raise(1);
      await channel.deliver();
      channel.clock.jumpTo(addMs(start, 6 * 3_600_000 - 1));
      await channel.deliver();
      expect(channel.sent).toHaveLength(1);
      channel.clock.jumpTo(addMs(start, 6 * 3_600_000));
      await channel.deliver();
      expect(channel.sent).toHaveLength(2);
    }
    for (const asked of [Number.NaN, -1, 0, '120', null, {}]) {
      const channel = new Channel(() => (channel.sent.length === 0 ? asksForSilence(asked) : null));
      await channel.raise(1);
      await channel.deliver();
      await channel.pass(15 * SECOND_MS);
      expect(channel.sent).toHaveLength(2);
    }
  });

  it('costs one message per try and one line per end of an outage, however much is owed', async () => {
    let isAway = true;
    const channel = new Channel(() => (isAway ? new Error('connection refused') : null));
    await channel.raise(500);
    await channel.pass(10 * MINUTE_MS);
    expect(channel.sent.length).toBeLessThan(12);
    isAway = false;
    await channel.pass(15 * MINUTE_MS);
    expect(await channel.statuses()).toEqual({ owed: 0, delivered: 500, 'given-up': 0 });
    // Of each instance that took part.
    const lines = channel.told.toSorted();
    expect(
      lines.filter((line) => line === 'warn alerts cannot be delivered, trying again').length,
    ).toBeLessThan(3);
    expect(lines).toContain('info alerts are delivered again');
    expect(lines.length).toBeLessThan(5);
    const end = channel.lines.find(([, text]) => text === 'alerts are delivered again');
    expect(end?.[2]).toMatchObject({ channel: 'pager', failures: expect.any(Number) as number });
  });

  it('is told one by one to a channel that cannot tell digests', async () => {
    const channel = new Channel((alert) => (alert.subject === 'digest' ? new TypeError('no health') : null));
    await channel.raise(60);
    await channel.pass(5 * MINUTE_MS);
    expect(await channel.statuses()).toEqual({ owed: 0, delivered: 60, 'given-up': 0 });
    expect(channel.sent.filter(({ alert }) => alert.subject === 'check')).toHaveLength(60);
  });

  it('is told but for the alert that the channel never takes', async () => {
    const channel = new Channel((alert) =>
      alert.key.includes('queue-3') ? new Error('cannot be told') : null,
    );
    await channel.raise(4);
    await channel.pass(5 * MINUTE_MS);
    expect(await channel.statuses()).toEqual({ owed: 1, delivered: 3, 'given-up': 0 });
  });

  it('is given up after a day, with one line', async () => {
    const channel = new Channel(() => new Error('connection refused'));
    await channel.raise(500);
    channel.clock.jumpTo(addMs(start, DAY_MS + 1));
    await channel.deliver();
    expect(await channel.statuses()).toEqual({ owed: 0, delivered: 0, 'given-up': 500 });
    expect(channel.lines.filter(([level]) => level === 'error')).toMatchObject([
      [
        'error',
        'alerts were not delivered within a day and are discarded',
        { alerts: 500, channel: 'pager' },
      ],
    ]);
  });

  it('law: is told once and of each check in order, whatever the channel refuses meanwhile', async () => {
    const refusal = fc.constantFrom('none', 'none', 'error', 'silence', 'digests');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ raise: fc.integer({ min: 0, max: 12 }), refusal, instance: fc.nat(1) }), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.constantFrom(null, 1, 5),
        async (steps, digestAbove) => {
          let refusing = 'none';
          const channel = new Channel(
            ({ subject }) => {
              if (refusing === 'silence') return asksForSilence(60_000);
              const refuses = refusing === 'error' || (refusing === 'digests' && subject === 'digest');
              return refuses ? new Error('refused') : null;
            },
            { digestAbove },
          );
          let raised = 0;
          for (const [index, step] of steps.entries()) {
            const kind = index % 2 === 0 ? 'unhealthy' : 'recovered';
            refusing = step.refusal;
            await channel.raise(step.raise, { kind, raisedAt: addMs(start, index) });
            raised += step.raise;
            await channel.deliver(step.instance);
            await channel.pass(15 * SECOND_MS);
          }
          refusing = 'none';
          await channel.pass(60 * MINUTE_MS);
          expect(await channel.statuses()).toEqual({ owed: 0, delivered: raised, 'given-up': 0 });
          const told = channel.sent
            .filter(({ taken }) => taken)
            .map(({ alert }) => (alert.subject === 'digest' ? alert.alerts : [alert]));
          expect(new Set(told.flat().map(({ key }) => key)).size).toBe(raised);
          expect(told.flat()).toHaveLength(raised);
          for (const check of new Set(told.flat().map((alert) => 'check' in alert && alert.check))) {
            const times = told.flatMap((message) =>
              message
                .filter((alert) => 'check' in alert && alert.check === check)
                .map(({ raisedAt }) => raisedAt),
            );
            expect(times).toEqual(times.toSorted((a, b) => a - b));
          }
          expect(told.every(({ length }) => digestAbove !== null || length === 1)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
