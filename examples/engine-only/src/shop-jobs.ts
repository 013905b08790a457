import {
  MINUTE_MS,
  addDays,
  addMs,
  defineJob,
  iso,
  localDate,
  startOfDay,
  type JobDefinition,
} from '@gamekeeper/core';
import type { Outbox } from '@gamekeeper/core/ports';
import type { Shop } from './shop.ts';

/** How long a cart keeps what it reserved. */
const RESERVED_MS = 30 * MINUTE_MS;
const TIME_ZONE = 'Europe/Berlin';

/** The jobs of the shop. */
export function shopJobs(shop: Shop, outbox: Outbox): readonly JobDefinition[] {
  return [emptyCarts(shop, outbox), dailySales(shop)];
}

/** Every ten minutes: releases the reservations of forgotten carts, and writes an event for each. */
function emptyCarts(shop: Shop, outbox: Outbox): JobDefinition {
  return defineJob({
    name: 'empty-carts',
    schedule: { cron: '*/10 * * * *' },
    // One late run empties all carts that earlier ones would have.
    missedTicks: 'latest',
    batch: async ({ tx, asOf, limit }) => {
      const emptied = await shop.emptyCarts(tx, addMs(asOf, -RESERVED_MS), limit);
      await outbox.append(
        tx,
        emptied.map(({ cart, article, quantity }) => ({
          type: 'CartEmptied',
          key: `CartEmptied:${cart}:${iso(asOf)}`,
          occurredAt: asOf,
          payload: { cart, article, quantity },
        })),
      );
      // Emptied carts are gone, so the next batch finds the ones after them.
      return { processed: emptied.length, next: emptied.length < limit ? null : 'more' };
    },
  });
}

/** At each midnight of the shop's time zone: adds up the day before, also those that were missed. */
function dailySales(shop: Shop): JobDefinition {
  return defineJob({
    name: 'daily-sales',
    schedule: { cron: '0 0 * * *', timeZone: TIME_ZONE },
    missedTicks: 'every',
    batch: async ({ tx, asOf }) => {
      const yesterday = addDays(localDate(TIME_ZONE, asOf), -1);
      await shop.addUp(tx, startOfDay(TIME_ZONE, yesterday), asOf);
      return { processed: 1, next: null };
    },
  });
}
