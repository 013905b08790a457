export { generateActivity, readActivity, type Quiz } from './activity.ts';
export { eventKeys } from './event-keys.ts';
export { seededRandom } from './seeded-random.ts';
export { replayWithChaos } from './chaos/chaos-replay.ts';
export { sharedStore } from './chaos/shared-store.ts';
export type { FaultCounts } from './chaos/fault-generator.ts';
export { ReplayProgress } from './replay-progress.ts';
export { countRuns } from './count-runs.ts';
export {
  ReplayDriver,
  replay,
  replayHost,
  type GameConfig,
  type FinishedReplay,
  type ReplayOptions,
} from './replay.ts';
export { report } from './report.ts';
export { resultOf, type ReplayResult } from './result.ts';
export { timeline, type Action, type TimelineEvent } from './timeline.ts';
