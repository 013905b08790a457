import type { PostgresDatabase } from '@gamekeeper/adapters-postgres';
import type { JobHost } from '@gamekeeper/composition';
import { DAY_MS, hasCode, instant, addMs, type Instant } from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { Option, type Command } from 'commander';
import { readInstant, readNumber, withExamples } from '../arguments.ts';
import { UsageError } from '../errors.ts';
import { loadReplay } from '../replay/load-replay.ts';
import type { FaultCounts } from '../replay/chaos/fault-generator.ts';
import type { GameConfig, FinishedReplay, ReplayOptions } from '../replay/replay.ts';
import type { Session } from '../session.ts';

interface ReplayCommandOptions {
  readonly activity?: string;
  readonly from?: Instant;
  readonly to?: Instant;
  readonly players: number;
  readonly days: number;
  readonly seed: number;
  readonly chaos?: number;
  readonly memory?: boolean;
  readonly folder?: string;
  readonly databaseUrl?: string;
}

/** `replay`: replays a history with the rules of the configuration. */
export function addReplay(program: Command, session: Session): void {
  const command = program
    .command('replay')
    .description(
      'replays a history with the rules of the configuration in virtual time; the live game is not touched',
    )
    .option(
      '--activity <csv>',
      'a real history: player,started_at,completed_at,xp (default: generated players)',
    )
    .option('--from <instant>', 'starts after this instant (default: around the activity)', readInstant)
    .option('--to <instant>', 'ends at this instant', readInstant)
    .option('--players <number>', 'number of generated players', readNumber(1, 100_000), 200)
    .option('--days <number>', 'number of days to play', readNumber(1, 3_660), 14)
    .option('--seed <number>', 'seed of the generated players', readNumber(1, 2 ** 31), 1)
    .option(
      '--chaos <seed>',
      'injects faults (late and doubled runs, outages, crashes) from this seed; the result must be the same',
      readNumber(1, 2 ** 31),
    )
    .addOption(new Option('--memory', 'in memory, the fastest').conflicts(['folder', 'databaseUrl']))
    .addOption(
      new Option('--folder <path>', 'on an embedded database in this folder, which is kept').conflicts(
        'databaseUrl',
      ),
    )
    .option('--database-url <url>', 'on a PostgreSQL server, in a temporary schema')
    .action((options: ReplayCommandOptions) => runReplay(session, options));
  withExamples(
    command,
    'replay --memory',
    'replay --activity history.csv --json',
    'replay --memory --chaos 7',
  );
}

async function runReplay(session: Session, options: ReplayCommandOptions): Promise<void> {
  const tools = await loadReplay();
  const game = await gameConfig(session);
  const { quizzes, from, to } = await history(options);
  const { store, cleanUp } = await storeOf(options);
  const progress = new tools.ReplayProgress(session.terminal.stderr, from, to);
  const startedAt = performance.now();
  const played: ReplayOptions = {
    store,
    quizzes,
    from,
    to,
    game,
    signal: session.signal,
    onProgress: (now, runs) => progress.at(now, runs),
  };
  const { chaos: seed } = options;
  const replaying = seed === undefined ? tools.replay(played) : tools.replayWithChaos({ ...played, seed });
  const replayed: FinishedReplay & { readonly faults?: FaultCounts } = await replaying.finally(() =>
    progress.done(),
  );
  try {
    const result = await tools.resultOf(replayed);
    const seconds = (performance.now() - startedAt) / 1_000;
    session.show(result, (terminal) =>
      terminal.print(tools.report({ result, tally: replayed.counts, from, to, seconds }).trimEnd()),
    );
    if (replayed.faults) session.terminal.note(faultSummary(replayed.faults, seed));
  } finally {
    await cleanUp(replayed.host);
    await replayed.close();
  }
}

/** A replay needs no configuration, and uses only the rules of the game from it. */
async function gameConfig(session: Session): Promise<GameConfig> {
  try {
    const { options } = await session.loadConfig();
    const { rules, boards, jobOverrides } = options;
    return { ...(rules && { rules }), ...(boards && { boards }), ...(jobOverrides && { jobOverrides }) };
  } catch (error) {
    if (session.options.config === undefined && hasCode(error, 'CONFIG_NOT_FOUND')) return {};
    throw error;
  }
}

async function history(
  options: ReplayCommandOptions,
): Promise<Pick<ReplayOptions, 'quizzes' | 'from' | 'to'>> {
  const { readActivity, generateActivity } = await loadReplay();
  if (options.activity === undefined) {
    const from = options.from ?? instant('2026-01-21T00:00:00Z');
    const to = options.to ?? addMs(from, options.days * DAY_MS);
    return ordered({ quizzes: generateActivity({ ...options, from }), from, to });
  }
  const quizzes = await readActivity(options.activity);
  const starts = quizzes.map(({ startedAt }) => startedAt);
  if (starts.length === 0) throw new UsageError(`--activity: ${options.activity} holds no quiz.`);
  const first = starts.reduce((a, b) => (b < a ? b : a));
  const last = starts.reduce((a, b) => (b > a ? b : a));
  return ordered({
    quizzes,
    from: options.from ?? midnight(first),
    to: options.to ?? addMs(midnight(last), DAY_MS),
  });
}

function ordered<Span extends Pick<ReplayOptions, 'from' | 'to'>>(span: Span): Span {
  if (span.to <= span.from) throw new UsageError('--to must be later than --from.');
  return span;
}

function midnight(at: Instant): Instant {
  return instant(Math.floor(at / DAY_MS) * DAY_MS);
}

interface ReplayStore {
  readonly store: HostModule;
  /** Removes everything but a folder, which is kept for inspection. */
  readonly cleanUp: (host: JobHost) => Promise<void>;
}

async function storeOf({ memory, folder, databaseUrl: url }: ReplayCommandOptions): Promise<ReplayStore> {
  const cleanUp = async (): Promise<void> => undefined;
  if (memory) {
    const { memoryAdapters } = await import('@gamekeeper/testkit');
    return { store: memoryAdapters(), cleanUp };
  }
  const { postgresAdapters, postgresDatabase } = await loadPostgres();
  if (url === undefined) {
    return { store: postgresAdapters(folder === undefined ? { memory: true } : { folder }), cleanUp };
  }
  return {
    store: postgresAdapters({ url, schema: `gamekeeper_replay_${process.pid}` }),
    cleanUp: (host) => host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema(),
  };
}

/** The adapter is an optional dependency. */
async function loadPostgres() {
  try {
    return await import('@gamekeeper/adapters-postgres');
  } catch (cause) {
    throw new UsageError(
      'A replay on a database needs @gamekeeper/adapters-postgres; install it, or replay with --memory.',
      { cause },
    );
  }
}

function faultSummary(did: FaultCounts, seed: number | undefined): string {
  const { delayed, doubled, outages, crashed, slept, takenOver, retriedActions } = did;
  return `chaos ${seed}: ${delayed} runs late, ${doubled} doubled, ${outages} outages, ${crashed} crashes, ${slept} pauses longer than a lease, ${takenOver} runs taken over, ${retriedActions} player actions repeated`;
}
