import { JobHost } from '@gamekeeper/composition';
import {
  Gameplay,
  InProcessEventBus,
  eventBus,
  instant,
  userId,
  type Batch,
  type BatchProgress,
  type DomainEvent,
  type ItemsQuery,
  type StreakBroken,
  type Transactions,
} from '@gamekeeper/core';
import { engineTokens, type Outbox } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { Module, Scope } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { GameJob, OnGameEvent, type GameJobOptions } from '../src/index.ts';
import { decorate, injectable, run, start, type Class } from './applications.ts';

const digest = { name: 'digest', schedule: { cron: '0 * * * *' } } satisfies GameJobOptions;
const nothing: BatchProgress = { processed: 0, next: null };

/** A class with a job, decorated with these options. */
function withJob(options: GameJobOptions = digest): Class {
  class Digests {
    async send(): Promise<BatchProgress> {
      return nothing;
    }
  }
  decorate(Digests, 'send', GameJob(options));
  return Digests;
}

describe('@GameJob', () => {
  it('runs the method of the provider, which may itself need the host', async () => {
    class Welcomes {
      readonly #gameplay: Gameplay;

      constructor(gameplay: Gameplay) {
        this.#gameplay = gameplay;
      }

      async give({ tx, checkpoint }: Batch): Promise<BatchProgress> {
        await this.#gameplay.startQuiz({ userId: userId('ada') }, { tx });
        return { processed: 1, next: checkpoint === null ? 'again' : null };
      }
    }
    injectable(Welcomes, Gameplay);
    decorate(Welcomes, 'give', GameJob({ ...digest, name: 'welcomes' }));
    const app = await start({ providers: [Welcomes] }, { start: false });
    const host = app.get(JobHost);
    await run(host, 'welcomes');
    expect(await host.runs('welcomes')).toMatchObject([{ status: 'succeeded', processed: 2 }]);
    expect((await host.lives.read(userId('ada'))).currentLives).toBe(3);
    await app.close();
  });

  it('calls the methods that find items and idle ticks', async () => {
    class Mails {
      readonly sent: string[] = [];
      readonly due = ['a', 'b', 'c'];

      async send({ only, skip, limit }: Batch): Promise<BatchProgress> {
        const items = (only ?? this.open(skip)).slice(0, limit);
        if (items.includes('b')) throw new Error('b has no address');
        this.sent.push(...items);
        return { processed: items.length, next: null };
      }

      async items({ skip, limit }: ItemsQuery): Promise<readonly string[]> {
        return this.open(skip).slice(0, limit);
      }

      async isIdle(): Promise<boolean> {
        return this.open([]).length === 0;
      }

      private open(skip: readonly string[]): readonly string[] {
        return this.due.filter((item) => !this.sent.includes(item) && !skip.includes(item));
      }
    }
    const retry = { maxAttempts: 1 };
    const options = { ...digest, items: 'items', isIdle: 'isIdle', retry, maxFailureRate: 1 };
    decorate(Mails, 'send', GameJob(options));
    const app = await start({ providers: [Mails] }, { start: false });
    expect(await run(app.get(JobHost), 'digest')).toBe('ran');
    expect(app.get(Mails).sent).toEqual(['a', 'c']);
    expect(await app.get(JobHost).failedItems('digest')).toMatchObject([{ item: 'b' }]);
    await app.close();
  });

  it('is inherited, and also found on controllers and on values', async () => {
    class Base {
      async send(): Promise<BatchProgress> {
        return nothing;
      }
    }
    decorate(Base, 'send', GameJob(digest));
    class Derived extends Base {}
    const Value = withJob({ ...digest, name: 'of-a-value' });
    const Controlling = withJob({ ...digest, name: 'of-a-controller' });
    const metadata = {
      controllers: [Controlling],
      providers: [
        Derived,
        { provide: 'value', useValue: new Value() },
        { provide: 'alias', useExisting: Derived },
      ],
    };
    const app = await start(metadata, { start: false });
    for (const job of ['digest', 'of-a-value', 'of-a-controller'])
      expect(await run(app.get(JobHost), job)).toBe('ran');
    await app.close();
  });

  it.each<[string, () => GameJobOptions, string]>([
    ['a wrong name', () => ({ ...digest, name: 'Daily Digest' }), 'Option job.name must be lower-case words'],
    ['an unknown option', () => ({ ...digest, cron: '* * * * *' }) as GameJobOptions, 'Unknown option'],
    [
      'a method for items that is missing',
      () => ({ ...digest, items: 'due' }),
      'items must be the name of a method',
    ],
    [
      'the name of a built-in job',
      () => ({ ...digest, name: 'life-regeneration' }),
      'must have unique names',
    ],
  ])('with %s is refused at the start', async (_, options, message) => {
    await expect(start({ providers: [withJob(options())] })).rejects.toThrow(message);
  });

  it('names class and method in what it refuses', async () => {
    const options = { ...digest, missedTicks: 'all' } as unknown as GameJobOptions;
    await expect(start({ providers: [withJob(options)] })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message:
        '@GameJob on Digests.send: Option digest.missedTicks must be "every", "latest" or "none"; got "all".',
    });
  });

  it('is refused on providers that are not singletons', async () => {
    for (const scope of [Scope.REQUEST, Scope.TRANSIENT]) {
      const provide = withJob();
      await expect(start({ providers: [{ provide, useClass: provide, scope }] })).rejects.toThrow(
        '@GameJob on Digests.send: its provider must be a singleton, without request or transient scope.',
      );
    }
  });

  it('is refused on what a factory makes, as it would be missed', async () => {
    const Digests = withJob();
    const providers = [{ provide: Digests, useFactory: async () => new Digests() }];
    await expect(start({ providers })).rejects.toThrow(
      '@GameJob on Digests.send: its provider is made by a factory; list the class itself in providers',
    );
  });

  it('is refused for two jobs of one name, and for one provider in two modules', async () => {
    class Others {
      async write(): Promise<BatchProgress> {
        return nothing;
      }
    }
    decorate(Others, 'write', GameJob(digest));
    await expect(start({ providers: [withJob(), Others] })).rejects.toThrow(
      '@GameJob on Others.write: Digests.send is a job of the same name, "digest".',
    );
    class OtherModule {}
    const Digests = withJob();
    Module({ providers: [Digests] })(OtherModule);
    await expect(start({ imports: [OtherModule], providers: [Digests] })).rejects.toThrow(
      '@GameJob on Digests.send: its provider is listed in several modules',
    );
  });

  it('is refused where it cannot work, when the class is defined', () => {
    const place = GameJob(digest) as (target: unknown, method: unknown, descriptor?: unknown) => void;
    class Digests {
      static send = async (): Promise<BatchProgress> => nothing;
    }
    expect(() => place(Digests, 'send', { value: Digests.send })).toThrow(
      '@GameJob cannot be on the static method Digests.send.',
    );
    expect(() => place(Digests.prototype, 'count')).toThrow(
      '@GameJob must be on a method; Digests.count is none.',
    );
    expect(() => place(Digests.send, { kind: 'method', name: 'send' })).toThrow(
      '"experimentalDecorators": true',
    );
  });
});

describe('@OnGameEvent', () => {
  const broken: StreakBroken = {
    type: 'StreakBroken',
    key: 'StreakBroken:ada',
    occurredAt: instant('2026-11-24T10:00:00Z'),
    payload: { userId: userId('ada'), lostStreak: 7 },
  };

  async function write(host: JobHost, ...events: readonly DomainEvent[]): Promise<void> {
    const outbox = host.container.get<Outbox>(engineTokens.outbox.symbol);
    const transactions = host.container.get<Transactions>(engineTokens.transactions.symbol);
    await transactions.run((tx) => outbox.append(tx, events));
  }

  class Consolations {
    readonly got: string[] = [];
    failures = 0;

    async send({ payload }: StreakBroken): Promise<void> {
      if (this.failures-- > 0) throw new Error('the mail server is away');
      this.got.push(`${payload.userId} ${payload.lostStreak}`);
    }

    paid({ key }: DomainEvent): void {
      this.got.push(key);
    }
  }
  decorate(Consolations, 'send', OnGameEvent('StreakBroken'));
  decorate(Consolations, 'paid', OnGameEvent('OrderPaid', { own: true }));

  it('hands the events of its type to the method, again if it throws', async () => {
    const clock = new VirtualClock('2026-11-24T10:00:00Z');
    const app = await start({ providers: [Consolations] }, { clock, relay: { pollIntervalMs: 100 } });
    const consolations = app.get(Consolations);
    consolations.failures = 2;
    const { occurredAt } = broken;
    const payload = { userId: 'ada' };
    await write(
      app.get(JobHost),
      broken,
      { type: 'OrderPaid', key: 'order-1', occurredAt, payload },
      { type: 'OrderLost', key: 'order-2', occurredAt, payload },
    );
    await clock.advanceBy(60_000);
    expect(consolations.got).toEqual(['ada 7', 'order-1']);
    await app.close();
  });

  it('dead-letters an event where the method keeps failing', async () => {
    const clock = new VirtualClock('2026-11-24T10:00:00Z');
    const dead: string[] = [];
    const deadLetter = { maxAttempts: 2, handle: ({ key }: DomainEvent) => void dead.push(key) };
    const app = await start(
      { providers: [Consolations] },
      { clock, deadLetter, relay: { pollIntervalMs: 100 } },
    );
    app.get(Consolations).failures = 2;
    await write(app.get(JobHost), broken);
    await clock.advanceBy(60_000);
    expect(dead).toEqual([broken.key]);
    await app.close();
  });

  it('is refused beside another bus, by name', async () => {
    const modules = [memoryAdapters(), cronerScheduler(), eventBus(new InProcessEventBus())];
    await expect(start({ providers: [Consolations] }, { modules })).rejects.toThrow(
      '@OnGameEvent on Consolations.send: events of this host go to the bus of eventBus;',
    );
  });

  it('is refused for an event that the game does not have', () => {
    expect(() => OnGameEvent('StreakBrokn' as 'StreakBroken')).toThrow(
      'Option @OnGameEvent must be one of LivesRefilled, StreakBroken,',
    );
  });

  it('is refused on what a factory makes', async () => {
    const providers = [{ provide: 'consolations', useFactory: () => new Consolations() }];
    await expect(start({ providers })).rejects.toThrow(
      '@OnGameEvent on Consolations.send: its provider is made by',
    );
  });
});
