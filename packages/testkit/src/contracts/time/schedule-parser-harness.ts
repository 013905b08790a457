import { type ScheduleParser } from '@gamekeeper/core/ports';

/** What `scheduleParserContract` tests with. */
export interface ScheduleParserHarness {
  readonly scheduleParser: ScheduleParser;
}
