export { GamekeeperExceptionFilter } from './exception-filter.ts';
export { GameJob, type GameJobDecorator, type GameJobOptions } from './game-job.ts';
export { GamekeeperModule, type GamekeeperModuleAsyncOptions } from './gamekeeper-module.ts';
export type { GamekeeperModuleOptions } from './gamekeeper-options.ts';
export { GamekeeperHealthIndicator, type GamekeeperHealthResult } from './health-indicator.ts';
export { nestLogger } from './nest-logger.ts';
export { OnGameEvent, type GameEventType, type OnGameEventDecorator } from './on-game-event.ts';
