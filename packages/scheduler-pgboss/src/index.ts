export type { PgBossLike, PgBossSchedulerOptions } from './pg-boss-options.ts';
export { pgBossScheduler } from './pg-boss-scheduler.ts';
