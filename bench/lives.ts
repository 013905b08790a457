import { addMs } from '@gamekeeper/core';
import type { BenchOptions } from './lib/arguments.ts';
import { BenchStore, ownSchema } from './lib/bench-store.ts';
import { createNatural } from './lib/natural-schema.ts';
import { ShiftedClock } from './lib/shifted-clock.ts';
import { createCrowd, tick } from './lives/crowd.ts';
import { inShards } from './lives/in-shards.ts';
import { throughput } from './lives/throughput.ts';
import { waits } from './lives/waits.ts';

/** Life regeneration with everybody due: how long it takes, and how long players wait meanwhile. */
export async function lives({ url, rows, pairs, ids, shards }: BenchOptions): Promise<void> {
  const place = ownSchema(url);
  // The tick has just come.
  const offsetMs = ShiftedClock.offsetTo(addMs(tick, 50));
  const store = await BenchStore.openRegistered(addMs(tick, -1), place, new ShiftedClock(offsetMs));
  try {
    await createNatural(store, 'natural_lives', 'natural_outbox');
    for (const size of rows) {
      const crowd = await createCrowd(store, size, ids);
      if (shards > 1) await inShards(store, crowd, { ...place, url, offsetMs }, { pairs, shards });
      else await throughput(store, crowd, pairs);
      if (shards === 1 && size === Math.max(...rows))
        await waits(store, crowd, { ...place, url, offsetMs }, pairs);
    }
  } finally {
    await store.drop();
  }
}
