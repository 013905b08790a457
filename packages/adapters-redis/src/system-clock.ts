import { instant, type Clock } from '@gamekeeper/core';

/** The machine's clock, for measuring durations outside of a host. */
export const systemClock: Pick<Clock, 'now'> = { now: () => instant(Date.now()) };
