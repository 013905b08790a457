import type {
  BackfilledTick,
  DryRunReport,
  ExplainPage,
  Explanation,
  HostHealth,
  InstantLike,
  Leaderboards,
  PlayerLives,
  PlayerStreaks,
  RetryOutcome,
  ScheduledJob,
  TickOutcome,
  UserId,
  WhatIfOptions,
  WhatIfReport,
  WithDates,
} from '@gamekeeper/core';

/** The parts of a host that the dashboard shows and calls: those of a `JobHost`. */
export interface DashboardHost {
  /** The state, such as `running`. */
  readonly state: string;
  readonly jobs: readonly ScheduledJob[];
  /** The container with what the host's modules bind. */
  readonly container: {
    get<Bound>(token: symbol): Bound;
    isBound(token: symbol): boolean;
  };
  readonly leaderboards: Pick<
    Leaderboards,
    'boards' | 'top' | 'around' | 'standing' | 'periods' | 'recalculate'
  >;
  readonly lives: Pick<PlayerLives, 'read'>;
  readonly streaks: Pick<PlayerStreaks, 'read'>;
  health(): Promise<WithDates<HostHealth>>;
  runNow(job: string, options?: { readonly tick?: InstantLike }): Promise<WithDates<TickOutcome>>;
  dryRun(
    job: string,
    options?: { readonly tick?: InstantLike; readonly limit?: number },
  ): Promise<WithDates<DryRunReport>>;
  whatIf(job: string, options: WhatIfOptions): Promise<WithDates<WhatIfReport>>;
  explain(userId: UserId, page?: ExplainPage): Promise<readonly WithDates<Explanation>[]>;
  backfill(
    job: string,
    span: { readonly from: InstantLike; readonly to: InstantLike },
  ): Promise<readonly WithDates<BackfilledTick>[]>;
  retryFailedItems(job: string, tick: InstantLike): Promise<WithDates<RetryOutcome>>;
  pause(job: string): Promise<void>;
  resume(job: string): Promise<void>;
}
