import { iso, type Instant, type Json, type UserId } from '@gamekeeper/core';
import type { LogEntry, Outbox, PlayerLog, StreakRepository } from '@gamekeeper/core/ports';
import type { Invariant } from './scenario.ts';

interface Ports {
  readonly outbox: Outbox;
  readonly playerLog: PlayerLog;
  readonly streaks: StreakRepository;
}

const limit = 1_000_000;

/** Returns the log of every player as lines, without what differs between histories: who applied a tick, and when. */
export async function logLines(ports: Pick<Ports, 'playerLog' | 'streaks'>): Promise<readonly string[]> {
  return (await everyLog(ports)).map(
    ({ userId, at, entry, kind, details }) =>
      `${userId} ${entry} at ${at}: ${kind} ${JSON.stringify({ ...details, appliedBy: undefined })}`,
  );
}

/** Each break and each protection of a streak has its entry in the player's log, exactly once, and no other has one. */
export const streaksAreLogged: Invariant<Ports> = {
  name: 'the log of players accounts for every break and protection of a streak',
  watch:
    () =>
    async ({ outbox, playerLog, streaks }, when) => {
      // Events and logs are read one after the other.
      if (when === 'meanwhile') return [];
      const events = (await outbox.list({ limit })).flatMap(({ type, occurredAt, payload }) =>
        type === 'StreakBroken' || type === 'StreakProtected'
          ? [lineOf(payload['userId'], occurredAt, type, payload['lostStreak'])]
          : [],
      );
      const logged = (await everyLog({ playerLog, streaks })).flatMap(eventOf);
      return [
        ...without(events, logged).map((event) => `${event} is not in the log`),
        ...without(logged, events).map((event) => `${event} is in the log and has no event`),
      ];
    },
};

function eventOf({ userId, at, ...entry }: LogEntry): readonly string[] {
  if (entry.kind === 'streak-broken') return [lineOf(userId, at, 'StreakBroken', entry.details.lostStreak)];
  return entry.kind === 'streak-protected' ? [lineOf(userId, at, 'StreakProtected')] : [];
}

function lineOf(player: Json | undefined, at: Instant, type: string, lostStreak: Json = 0): string {
  return JSON.stringify([player, iso(at), type, lostStreak]);
}

/** Returns what remains of a list after taking away another, each item as often as it occurs there. */
function without(all: readonly string[], others: readonly string[]): readonly string[] {
  const left = [...others];
  return all.filter((one) => {
    const index = left.indexOf(one);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

async function everyLog({
  playerLog,
  streaks,
}: Pick<Ports, 'playerLog' | 'streaks'>): Promise<readonly LogEntry[]> {
  const players: readonly UserId[] = (await streaks.list({ limit })).map(({ userId }) => userId);
  return (await Promise.all(players.map((player) => playerLog.read(player, { limit })))).flat();
}
