/** How ticks get to processes: by Gamekeeper, carried by nothing or a queue, or by the queue's own cron. */
export type Way = 'timer' | 'pgboss' | 'bullmq' | 'pgboss-cron' | 'bullmq-cron';

/** The ways in the order in which they are shown, with what a table calls them. */
export const ways: Readonly<Record<Way, string>> = {
  timer: 'Gamekeeper, in process',
  pgboss: 'Gamekeeper on pg-boss',
  bullmq: 'Gamekeeper on BullMQ',
  'pgboss-cron': 'pg-boss, its own schedule',
  'bullmq-cron': 'BullMQ, its own job scheduler',
};

/** All ways. */
export const allWays = Object.keys(ways) as readonly Way[];

/** Whether a way has no ticks within a minute: pg-boss' own schedule looks for due ticks of whole minutes. */
export function isByMinute(way: Way): boolean {
  return way === 'pgboss-cron';
}

/** The queue of the queues' own cron. */
export const CRON_QUEUE = 'fleet';
/** As many at once as a host of Gamekeeper with so many jobs. */
export const CRON_CONCURRENCY = 20;

/** What a process does for a tick. */
export type Deed =
  /** It says that it has begun. */
  | 'report'
  /** It takes a while, and then writes a row. */
  | 'effect'
  /** It says that it has begun, and never ends. */
  | 'hang';

/** What a process of a fleet needs to know. */
export interface MemberSetup {
  readonly way: Way;
  readonly url: string;
  readonly redis: { readonly host: string; readonly port: number };
  /** The beginning of all names of its way: schemas, keys. */
  readonly prefix: string;
  readonly jobs: readonly { readonly name: string; readonly cron: string }[];
  readonly deed: Deed;
}

/** A tick, as a process got it. */
export interface Tick {
  readonly job: string;
  /** The same if the same tick is given to another process. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly tick: number;
}

/** What a process says that has begun with a tick. `at`: milliseconds since 1970. */
export type Begun = Tick & { readonly at: number };

/** What is done for a tick; `effect` writes a row, as safely as the way can. */
export type Work = (tick: Tick, effect: () => Promise<unknown>) => Promise<void>;

/** The statement that writes the row of a tick. */
export function effectOf(prefix: string, { job, id, tick }: Tick): string {
  const at = new Date(tick).toISOString();
  return `insert into "${prefix}_bench".effects (job, id, tick) values ('${job}', '${id}', '${at}')`;
}
