import { instant, type Clock } from '@gamekeeper/core';

/** The machine's time, for what measures how long something took beside a host. */
export const systemClock: Pick<Clock, 'now'> = { now: () => instant(Date.now()) };
