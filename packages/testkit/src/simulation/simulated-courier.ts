import type { Courier } from '@gamekeeper/core/ports';
import type { CourierRole } from '@gamekeeper/core/engine';
import { MemoryPost, type PostCourier } from '../couriers/memory-post.ts';
import type { Clock } from '@gamekeeper/core';
import type { PlannedCourier } from './plan.ts';
import type { SimulatedProcess } from './simulated-process.ts';

/** Returns the courier of a process: a fault may strike when it sends, and when an item is handled. */
export function simulatedCourier(process: SimulatedProcess, courier: PostCourier): Courier {
  return {
    supports: courier.supports,
    send: (items) => process.call('courier.send', [items], () => courier.send(items)),
    consume: (jobs, handle) =>
      courier.consume(jobs, (item) => process.call('courier.handle', [item], () => handle(item))),
  };
}

/** Returns the queue of a history. The same seed loses, doubles and delays the same. */
export function simulatedPost(clock: Clock, planned: PlannedCourier): MemoryPost {
  const { loses, doubles, delays, maxDelayMs, seed } = planned;
  return new MemoryPost(clock, { loses, doubles, delays, maxDelayMs, random: numbersFrom(seed) });
}

/** Returns what an instance does: as planned, or both if otherwise nobody would send or nobody would work. */
export function roleOf(
  { roles }: Pick<PlannedCourier, 'roles'>,
  index: number,
  instances: number,
): CourierRole {
  const all = Array.from({ length: instances }, (_, place) => roles[place % roles.length]!);
  const someone = (role: CourierRole): boolean => all.some((one) => one === role || one === 'both');
  return someone('send') && someone('work') ? all[index]! : 'both';
}

/** Lehmer's generator: a number in [0, 1) each time. */
function numbersFrom(seed: number): () => number {
  let state = (seed % 2_147_483_646) + 1;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}
