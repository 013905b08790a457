export { CronerScheduler } from './croner-scheduler.ts';
export { cronerScheduler } from './croner-scheduler-module.ts';
export { CronerSchedules } from './croner-schedules.ts';
