import { PostgresDatabase } from '@gamekeeper/adapters-postgres';
import { HOUR_MS, InProcessEventBus, addMs, iso, type LogFields, type Logger } from '@gamekeeper/core';
import { once } from 'node:events';
import { ShopEngine } from './shop-engine.ts';
import { Shop } from './shop.ts';
import { SystemClock } from './system-clock.ts';

// A shop with a forgotten cart: its jobs run once at once, and then at their ticks until Ctrl+C.
const url = process.env['DATABASE_URL'];
const database = new PostgresDatabase(url === undefined ? { memory: true } : { url, schema: 'shop_engine' });
const write = (message: string, fields: LogFields = {}): void => console.log(message, fields);
const logger: Logger = { debug: () => undefined, info: write, warn: write, error: write };
const clock = new SystemClock();
const bus = new InProcessEventBus();
bus.subscribe(({ type, payload }) => console.log(type, payload));

await database.open();
const shop = new Shop(database);
await shop.open();
const cart = `cart-${clock.now()}`;
await shop.stockUp(`mug-${cart}`, 10);
await shop.reserve(cart, `mug-${cart}`, 3, addMs(clock.now(), -HOUR_MS));

const jobs = new ShopEngine({ shop, database, bus, clock, logger, instanceId: `shop-${process.pid}` });
await jobs.start();
for (const job of ['empty-carts', 'daily-sales']) await jobs.engine.runNow(job);
console.log(`stock: ${await shop.stock(`mug-${cart}`)}`);
for (const { job, verdict, nextTick } of (await jobs.health()).jobs)
  console.log(`${job}: ${verdict}, next at ${nextTick && iso(nextTick)}`);

await once(process, 'SIGINT');
await jobs.stop();
await database.close();
