export type { BullMqSchedulerOptions, BullMqServerOptions } from './bull-mq-options.ts';
export { bullMqScheduler } from './bull-mq-scheduler.ts';
