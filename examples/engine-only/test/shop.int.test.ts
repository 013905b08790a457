import { PostgresDatabase, pinDatabaseClock } from '@gamekeeper/adapters-postgres';
import {
  HOUR_MS,
  InProcessEventBus,
  MINUTE_MS,
  addMs,
  instant,
  silentLogger,
  type DomainEvent,
  type Instant,
} from '@gamekeeper/core';
import { VirtualClock } from '@gamekeeper/testkit';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShopEngine } from '../src/shop-engine.ts';
import { Shop } from '../src/shop.ts';

/** Half past eleven at night in Berlin. */
const start = instant('2026-11-24T22:30:00Z');

describe('a shop on the engine alone', () => {
  let database: PostgresDatabase;
  let shop: Shop;
  let clock: VirtualClock;
  let engines: ShopEngine[];
  let events: DomainEvent[];

  beforeEach(async () => {
    database = new PostgresDatabase({ memory: true, pinnableClock: true });
    await database.open();
    await pinDatabaseClock(database, start);
    shop = new Shop(database);
    await shop.open();
    clock = new VirtualClock(start);
    engines = [];
    events = [];
  });

  afterEach(async () => {
    for (const engine of engines) await engine.stop();
    await database.close();
  });

  async function startEngine(instanceId: string): Promise<ShopEngine> {
    const bus = new InProcessEventBus();
    bus.subscribe((event) => void events.push(event));
    const engine = new ShopEngine({ shop, database, bus, clock, logger: silentLogger, instanceId });
    engines.push(engine);
    await engine.start();
    return engine;
  }

  /** Lets time pass, in the database too, until what is due is done. */
  async function advanceTo(end: Instant): Promise<void> {
    for (let at = addMs(clock.now(), MINUTE_MS); at <= end; at = addMs(at, MINUTE_MS)) {
      await pinDatabaseClock(database, at);
      await clock.advanceTo(at);
      for (const { engine } of engines) await engine.idle();
    }
  }

  it('releases what forgotten carts hold, once for all instances, with an event for each', async () => {
    await shop.stockUp('mug', 10);
    await shop.reserve('forgotten', 'mug', 3, start);
    await shop.reserve('fresh', 'mug', 2, addMs(start, 29 * MINUTE_MS));
    await startEngine('one');
    await startEngine('two');
    await advanceTo(addMs(start, 20 * MINUTE_MS));
    expect(await shop.stock('mug')).toBe(5);
    await advanceTo(addMs(start, 35 * MINUTE_MS));
    expect(await shop.stock('mug')).toBe(8);
    await until(() => events.length > 0);
    expect(events.map(({ type, payload }) => ({ type, payload }))).toEqual([
      { type: 'CartEmptied', payload: { cart: 'forgotten', article: 'mug', quantity: 3 } },
    ]);
  });

  it('adds up each day of its time zone, also one whose midnight it missed', async () => {
    await shop.pay('a', 1_250, start);
    await shop.pay('b', 500, addMs(start, 29 * MINUTE_MS));
    await shop.pay('c', 9_900, addMs(start, 31 * MINUTE_MS));
    const first = await startEngine('one');
    await first.stop();
    await pinDatabaseClock(database, addMs(start, 25 * HOUR_MS));
    clock.jumpTo(addMs(start, 25 * HOUR_MS));
    await startEngine('two');
    await advanceTo(addMs(start, 25 * HOUR_MS + MINUTE_MS));
    expect(await shop.sales()).toEqual([9_900, 1_750]);
  });

  it('has a health', async () => {
    const shopEngine = await startEngine('one');
    await shopEngine.engine.runNow('empty-carts');
    expect(await shopEngine.health()).toMatchObject({
      healthy: true,
      jobs: [
        { job: 'empty-carts', verdict: 'healthy' },
        { job: 'daily-sales', verdict: 'healthy' },
      ],
      outbox: { pending: 0 },
    });
  });

  /** Events are delivered by the relay, which looks for them once a second. */
  async function until(condition: () => boolean): Promise<void> {
    for (let tries = 0; !condition() && tries < 100; tries += 1) {
      await clock.advanceBy(1_000);
      await setTimeout(10);
    }
  }
});
