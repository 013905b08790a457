import {
  LeaseLostError,
  instant,
  type Claim,
  type Clock,
  type DomainEvent,
  type Instant,
  type Transaction,
} from '@gamekeeper/core';
import {
  type ClaimOutcome,
  type JobRegistry,
  type RunLedger,
  type Outbox,
  type OutboxPartitions,
  type QuizSession,
  type PeriodResets,
  type RuleHistory,
  type SessionRepository,
  type ShardLedger,
  type StoredEvent,
} from '@gamekeeper/core/ports';
import { boundedPeriodAt } from '@gamekeeper/core/game';
import { MemoryVerdictLog } from '../src/memory/health/memory-verdict-log.ts';
import { MemoryJobRegistry } from '../src/memory/jobs/memory-job-registry.ts';
import { MemoryJobTables } from '../src/memory/jobs/memory-job-tables.ts';
import { MemoryRunLedger } from '../src/memory/jobs/memory-run-ledger.ts';
import { MemoryShardLedger } from '../src/memory/jobs/memory-shard-ledger.ts';
import { gameStore, type GameStore } from '../src/simulation/game-scenario.ts';
import { withVerbs } from '../src/simulation/with-verbs.ts';

/** A ledger that lets every attempt commit, whoever has taken over since. */
export function withoutFence(clock: Clock): GameStore {
  const store = gameStore(clock);
  const newest = new Map<string, Claim>();
  const runOf = ({ job, tick }: Claim) => `${job} ${tick}`;
  const current = (claim: Claim): Claim => ({
    ...claim,
    fence: newest.get(runOf(claim))?.fence ?? claim.fence,
  });
  const unlessOver = async (write: Promise<void>): Promise<void> => {
    // Nobody asks whether the run is over either: there is nothing more to write in its row.
    await write.catch(() => undefined);
  };
  const ledger: RunLedger = store.ledger;
  const changed: Partial<RunLedger> = {
    claim: async (request) => {
      const outcome = await ledger.claim(request);
      if (outcome.kind === 'claimed') newest.set(runOf(outcome.claim), outcome.claim);
      return outcome;
    },
    advance: (tx, claim, progress, leaseMs) =>
      unlessOver(ledger.advance(tx, current(claim), progress, leaseMs)),
    succeed: (tx, claim, progress) => unlessOver(ledger.succeed(tx, current(claim), progress)),
  };
  return { ...store, ledger: withVerbs(ledger, changed) };
}

/** A ledger in which each tick that has run can be run once more. */
export function withoutOneRunPerTick(clock: Clock): GameStore {
  const store = gameStore(clock);
  const ledger: RunLedger = store.ledger;
  const second = new WeakSet<Claim>();
  const ranAgain = new Set<string>();
  const changed: Partial<RunLedger> = {
    claim: async (request): Promise<ClaimOutcome> => {
      const outcome = await ledger.claim(request);
      const run = `${request.job} ${request.tick}`;
      if (outcome.kind !== 'done' || ranAgain.has(run)) return outcome;
      ranAgain.add(run);
      const claim: Claim = { ...request, fence: 1, checkpoint: null, processed: 0 };
      second.add(claim);
      return { kind: 'claimed', claim };
    },
    renew: async (claim, leaseMs) => second.has(claim) || ledger.renew(claim, leaseMs),
    advance: async (tx, claim, progress, leaseMs) =>
      second.has(claim) ? undefined : ledger.advance(tx, claim, progress, leaseMs),
    succeed: async (tx, claim, progress) =>
      second.has(claim) ? undefined : ledger.succeed(tx, claim, progress),
  };
  return { ...store, ledger: withVerbs(ledger, changed) };
}

/** An outbox that stores a fact as often as it is told of it. */
export function withoutEventKeys(clock: Clock): GameStore {
  const store = gameStore(clock);
  const outbox: Outbox = store.outbox;
  let told = 0;
  const append = (tx: Transaction, events: readonly DomainEvent[]): Promise<number> =>
    outbox.append(
      tx,
      events.map((event) => ({ ...event, key: `${event.key}#${(told += 1)}` })),
    );
  const list: Outbox['list'] = async (page): Promise<readonly StoredEvent[]> =>
    (await outbox.list(page)).map((event) => ({ ...event, key: event.key.replace(/#\d+$/, '') }));
  return { ...store, outbox: withVerbs(outbox, { append, list }) };
}

/** A ledger that lets hosts begin what they take to be due, however far ahead of the store they are. */
export function withoutStoreTime(clock: Clock): GameStore {
  const store = gameStore(clock);
  const ledger: RunLedger = store.ledger;
  const whenever = <Request extends { readonly notBefore?: Instant }>(request: Request): Request => ({
    ...request,
    notBefore: instant(0),
  });
  const changed: Partial<RunLedger> = {
    claim: (request) => ledger.claim(whenever(request)),
    recordIdleTick: (request) => ledger.recordIdleTick(whenever(request)),
  };
  return { ...store, ledger: withVerbs(ledger, changed) };
}

/** Lanes that forget what was delivered until all of a batch is, and whose leases nobody can prolong. */
export function withoutProgress(clock: Clock): GameStore {
  const store = gameStore(clock);
  const lanes: OutboxPartitions = store.outboxPartitions;
  const changed: Partial<OutboxPartitions> = {
    renew: async () => true,
    complete: (claim, outcome) => {
      const delivered = outcome.delivered === claim.events.length ? outcome.delivered : 0;
      return lanes.complete(claim, { ...outcome, delivered });
    },
  };
  return {
    ...store,
    outboxPartitions: withVerbs<GameStore['outboxPartitions']>(store.outboxPartitions, changed),
  };
}

/** Sessions that are also kept beside the store, where no transaction undoes anything. */
export function withoutRollback(clock: Clock): GameStore {
  const store = gameStore(clock);
  const sessions: SessionRepository = store.sessions;
  const kept = new Map<string, QuizSession>();
  const changed: Partial<SessionRepository> = {
    find: async (id, tx) => kept.get(id) ?? (await sessions.find(id, tx)),
    change: (tx, id, decide) =>
      sessions.change(tx, id, (stored) => {
        const decision = decide(stored);
        if (decision.state) kept.set(id, decision.state);
        return decision;
      }),
  };
  return { ...store, sessions: withVerbs<GameStore['sessions']>(store.sessions, changed) };
}

/** A cache that has lost everything and shows that nobody is on any board. */
export function withoutRefusal(clock: Clock): GameStore {
  const store = gameStore(clock);
  const cache = store.leaderboardCache;
  const unlessLost = <Result>(read: Promise<Result>, otherwise: Result): Promise<Result> =>
    read.catch(() => otherwise);
  const leaderboardCache = withVerbs(cache, {
    size: (at) => unlessLost(cache.size(at), 0),
    top: (at, page) => unlessLost(cache.top(at, page), []),
  });
  return { ...store, leaderboardCache };
}

/** A recalculation that compares only how many players there are. */
export function withoutComparison(clock: Clock): GameStore {
  const store = gameStore(clock);
  const cache = store.leaderboardCache;
  const leaderboardCache = withVerbs(cache, {
    reconcile: async (at, truth, options) => {
      const same = (await truth({ limit: 1_000 })).length === (await cache.size(at).catch(() => -1));
      return same
        ? { missing: 0, extra: 0, wrongScore: 0, misplaced: 0, renamed: 0 }
        : cache.reconcile(at, truth, options);
    },
  });
  return { ...store, leaderboardCache };
}

/** A registry that takes the newest schedule of a job for the one that it has always had. */
export function withoutScheduleHistory(clock: Clock): GameStore {
  const store = gameStore(clock);
  const jobRegistry: JobRegistry = store.jobRegistry;
  const changed: Partial<JobRegistry> = {
    ticks: async (tx) =>
      (await jobRegistry.ticks(tx)).map((ticks) => ({
        ...ticks,
        schedules: [{ ...ticks.schedules.at(-1)!, since: ticks.schedules[0]!.since }],
      })),
  };
  return { ...store, jobRegistry: withVerbs(jobRegistry, changed) };
}

/** Rules that count for all time as they are now. */
export function withoutRuleHistory(clock: Clock): GameStore {
  const store = gameStore(clock);
  const history: RuleHistory = store.ruleHistory;
  const changed: Partial<RuleHistory> = {
    changes: async (tx) => {
      const newest = new Map((await history.changes(tx)).map((change) => [change.name, change]));
      return [...newest.values()].map((change) => ({ ...change, since: instant(0) }));
    },
  };
  return { ...store, ruleHistory: withVerbs<GameStore['ruleHistory']>(store.ruleHistory, changed) };
}

/** A registry that knows of ticks from before a job was registered. */
export function withoutRegistration(clock: Clock): GameStore {
  const store = gameStore(clock);
  const jobRegistry: JobRegistry = store.jobRegistry;
  const changed: Partial<JobRegistry> = {
    ticks: async (tx) =>
      (await jobRegistry.ticks(tx)).map((ticks) => ({ ...ticks, startsAfter: instant(0) })),
  };
  return { ...store, jobRegistry: withVerbs(jobRegistry, changed) };
}

/** Periods as the board is defined now, whatever was stored of them. */
export function withoutStoredSpans(clock: Clock): GameStore {
  const store = gameStore(clock);
  const periodResets: PeriodResets = store.periodResets;
  const changed: Partial<PeriodResets> = {
    unfinished: async (board, through, tx) =>
      (await periodResets.unfinished(board, through, tx)).map((period) => ({
        ...period,
        ...boundedPeriodAt(board, period.startsAt),
      })),
  };
  return { ...store, periodResets: withVerbs<GameStore['periodResets']>(store.periodResets, changed) };
}

/** A ledger that lets every attempt at a shard commit, whoever has taken it over since. */
export function withoutShardFence(clock: Clock): GameStore {
  const store = gameStore(clock);
  const { shardLedger } = store;
  const unlessOver = async (write: Promise<void>): Promise<void> => {
    await write.catch(() => undefined);
  };
  const changed: Partial<ShardLedger> = {
    advance: (tx, claim, progress, leaseMs) => unlessOver(shardLedger.advance(tx, claim, progress, leaseMs)),
  };
  return { ...store, shardLedger: withVerbs(shardLedger, changed) };
}

/** A store that does not say which runs are active, so that the bell never knows what to send again. */
export function withoutBell(clock: Clock): GameStore {
  const store = gameStore(clock);
  const active: GameStore['runOverview']['active'] = () => Promise.reject(new Error('no bell'));
  return { ...store, runOverview: withVerbs<GameStore['runOverview']>(store.runOverview, { active }) };
}

/** A ledger that counts the shards that are left before it ends one, instead of under the lock of the run. */
export function withJoinByCounter(clock: Clock): GameStore {
  const store = gameStore(clock);
  const tables = new MemoryJobTables(store.transactions);
  const shardLedger: ShardLedger = new MemoryShardLedger(tables);
  const changed: Partial<ShardLedger> = {
    end: async (claim, { error, ...counts }, leaseMs) => {
      const { job, tick, fence, shard } = claim;
      const shards = await shardLedger.list(job, tick);
      const left = shards.filter(({ status, index }) => status === 'open' && index !== shard.index).length;
      if (left === 0) return shardLedger.end(claim, { error, ...counts }, leaseMs);
      await store.transactions.within(undefined, (tx) => {
        const row = tables.shards.of(job, tick)[shard.index]!;
        if (row.status !== 'open' || row.fence !== fence) throw new LeaseLostError(claim);
        tables.shards.write(tx, {
          ...row,
          ...counts,
          error,
          status: error === null ? 'succeeded' : 'failed',
        });
      });
      return null;
    },
  };
  return {
    ...store,
    ledger: new MemoryRunLedger(tables),
    jobRegistry: new MemoryJobRegistry(tables),
    verdictLog: new MemoryVerdictLog(tables),
    shardLedger: withVerbs(shardLedger, changed),
  };
}
