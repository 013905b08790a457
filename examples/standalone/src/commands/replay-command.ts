import { type PostgresDatabase, postgresAdapters, postgresDatabase } from '@gamekeeper/adapters-postgres';
import type { JobHost } from '@gamekeeper/composition';
import { DAY_MS, instant, later, type HostModule, type Instant } from '@gamekeeper/core';
import { memoryAdapters } from '@gamekeeper/testkit';
import { UsageError, type Arguments, type StoreChoice } from '../arguments.ts';
import { generateActivity, readActivity, type Quiz } from '../replay/activity.ts';
import { Progress } from '../replay/progress.ts';
import { replayWithGremlin } from '../replay/gremlin/gremlin.ts';
import type { Mischief } from '../replay/gremlin/whims.ts';
import { replay, type Replayed } from '../replay/replay.ts';
import { report } from '../replay/report.ts';
import { resultOf } from '../replay/result.ts';

/** Replays a history, from a file or made up, and prints what came of it. */
export async function replayCommand(args: Arguments): Promise<number> {
  const { quizzes, from, to } = await history(args);
  if (to <= from) throw new UsageError('--to must be later than --from.');
  const { store, cleanUp } = replayStore(args.store);
  const progress = new Progress(from, to);
  const startedAt = performance.now();
  const onProgress = (now: Instant, runs: number): void => progress.at(now, runs);
  const options = { store, quizzes, from, to, onProgress };
  const replayed: Replayed & { readonly mischief?: Mischief } =
    args.gremlin === undefined
      ? await replay(options)
      : await replayWithGremlin({ ...options, seed: args.gremlin });
  progress.done();
  try {
    const result = await resultOf(replayed);
    const seconds = (performance.now() - startedAt) / 1_000;
    const text = args.json
      ? `${JSON.stringify(result, null, 1)}\n`
      : report({ result, tally: replayed.tally, from, to, seconds });
    process.stdout.write(text);
    if (replayed.mischief) process.stderr.write(mischiefLine(replayed.mischief, args.gremlin));
    return 0;
  } finally {
    await cleanUp(replayed.host);
    await replayed.close();
  }
}

async function history(args: Arguments): Promise<{ quizzes: readonly Quiz[]; from: Instant; to: Instant }> {
  if (args.activity !== undefined) {
    const quizzes = await readActivity(args.activity);
    const starts = quizzes.map(({ startedAt }) => startedAt);
    if (starts.length === 0) throw new UsageError(`--activity: ${args.activity} holds no quiz.`);
    const first = starts.reduce((a, b) => (b < a ? b : a));
    const last = starts.reduce((a, b) => (b > a ? b : a));
    return { quizzes, from: args.from ?? midnight(first), to: args.to ?? later(midnight(last), DAY_MS) };
  }
  const from = args.from ?? instant('2026-01-21T00:00:00Z');
  const to = args.to ?? later(from, args.days * DAY_MS);
  return { quizzes: generateActivity({ ...args, from }), from, to };
}

function mischiefLine(did: Mischief, seed: number | undefined): string {
  const { delayed, doubled, outages, crashed, slept, takenOver, retriedActions } = did;
  return `gremlin ${seed}: ${delayed} runs late, ${doubled} doubled, ${outages} outages, ${crashed} crashes, ${slept} sleeps past a lease, ${takenOver} runs taken over, ${retriedActions} players' actions repeated\n`;
}

function midnight(at: Instant): Instant {
  return instant(Math.floor(at / DAY_MS) * DAY_MS);
}

/** A store that is empty and leaves nothing behind, unless it is a folder, which is kept to be looked at. */
function replayStore(choice: StoreChoice): {
  readonly store: HostModule;
  readonly cleanUp: (host: JobHost) => Promise<void>;
} {
  const nothing = async (): Promise<void> => undefined;
  switch (choice.kind) {
    case 'server':
      return {
        store: postgresAdapters({ url: choice.url, schema: `gamekeeper_replay_${process.pid}` }),
        cleanUp: (host) => host.container.get<PostgresDatabase>(postgresDatabase.symbol).dropSchema(),
      };
    case 'folder':
      return { store: postgresAdapters({ folder: choice.folder }), cleanUp: nothing };
    case 'memory':
      return { store: memoryAdapters(), cleanUp: nothing };
    case 'default':
      return { store: postgresAdapters({ memory: true }), cleanUp: nothing };
  }
}
