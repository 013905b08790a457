export { cronerScheduler } from './croner-scheduler-module.ts';
export { CronerScheduleParser } from './croner-schedule-parser.ts';
