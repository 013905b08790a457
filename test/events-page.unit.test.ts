import { awardId, instant, iso, userId, type DomainEvent, type GameEvent } from '@gamekeeper/core';
import { testHost } from '@gamekeeper/testkit/host';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

type Keys<Payload> = Payload extends unknown ? keyof Payload : never;
type Field<Payload, Key extends PropertyKey> = Payload extends { readonly [K in Key]?: infer T } ? T : never;
type TypeName<T> = [T] extends [string] ? 'text' : [T] extends [number] ? 'number' : 'number or text';
/** The fields of every event with their types in words. A field that is missing here, or too many, does not compile. */
type Fields = {
  readonly [Event in GameEvent as Event['type']]: {
    readonly [Key in Keys<Event['payload']>]: TypeName<Exclude<Field<Event['payload'], Key>, undefined>>;
  };
};

const fields: Fields = {
  LivesRefilled: { userId: 'text' },
  StreakProtected: { userId: 'text', day: 'text' },
  StreakBroken: { userId: 'text', lostStreak: 'number' },
  QuizAbandoned: { userId: 'text', sessionId: 'text' },
  LeaderboardReset: { board: 'text', period: 'text', players: 'number' },
  AwardLate: { userId: 'text', awardId: 'text', board: 'text', period: 'text', amount: 'number' },
  PlayerAdjusted: {
    userId: 'text',
    by: 'text',
    reason: 'text',
    change: 'text',
    username: 'text',
    granted: 'number or text',
    currentStreak: 'number',
    longestStreak: 'number',
    protections: 'number',
    amount: 'number',
  },
  PlayerErased: { userId: 'text', by: 'text', reason: 'text' },
};

const page = await readFile(new URL('../docs/events.md', import.meta.url), 'utf8');

describe('docs/events.md', () => {
  it('has every event with every field and its type', () => {
    expect(fieldsOfPage()).toEqual(fields);
  });

  it('has the keys, fields and instants of the events that a game writes', async () => {
    const written = await eventsOfAGame();
    const keys = keysOfPage();
    expect(Object.keys(keys)).toEqual(Object.keys(fields));
    expect(new Set(written.map(({ type }) => type))).toEqual(new Set(Object.keys(fields)));
    const used: Record<string, Set<string>> = {};
    for (const event of written) {
      const known = Object.entries(fields[event.type as GameEvent['type']]);
      for (const [name, value] of Object.entries(event.payload)) {
        const type = typeof value === 'string' ? 'text' : 'number';
        expect(known.find(([field]) => field === name)?.[1].split(' or ')).toContain(type);
        (used[event.type] ??= new Set()).add(name);
      }
      expect(event.key).toMatch(shapeOf(keys[event.type]!, event));
    }
    const unused = Object.entries(fields).flatMap(([type, named]) =>
      Object.keys(named).filter((name) => !used[type]?.has(name)),
    );
    expect(unused).toEqual([]);
  });
});

/** Plays until every type of event was written. */
async function eventsOfAGame(): Promise<readonly DomainEvent[]> {
  await using test = await testHost({
    now: '2026-11-24T10:00:00Z',
    rules: { streaks: { initialProtections: 1 } },
  });
  const { gameplay, players } = test.host;
  const ada = userId('ada');
  const quiz = await gameplay.startQuiz({ userId: ada });
  if (!quiz.ok) throw new Error(quiz.reason);
  await gameplay.completeQuiz({ sessionId: quiz.session.id, xp: 10 });
  await gameplay.startQuiz({ userId: ada });
  await test.advance({ days: 7 });
  await gameplay.awardXp(
    { awardId: awardId('late'), userId: ada, amount: 5, earnedAt: instant('2026-11-24T12:00:00Z') },
    { at: instant('2026-11-24T12:00:00Z') },
  );
  const who = { by: 'eve', reason: 'ticket 7' };
  await players.rename(ada, 'Ada', who);
  await players.grantLives(ada, 1, who);
  await players.grantLives(ada, 'full', who);
  await players.setStreak(ada, { currentStreak: 3, longestStreak: 9, protections: 1 }, who);
  await players.adjustXp(ada, -5, who);
  await test.settle();
  await players.erase(ada, { ...who, id: 'erase-ada' });
  await test.settle();
  return test.events;
}

/** A regular expression for a key as the page writes it: `<userId>` is a field of the payload. */
function shapeOf(key: string, { payload, occurredAt }: DomainEvent): RegExp {
  const day = iso(occurredAt).slice(0, 10);
  const known: Readonly<Record<string, unknown>> = { ...payload, tick: iso(occurredAt), day, id: '[\\w-]+' };
  return new RegExp(`^${key.replace(/<(\w+)>/g, (_, name: string) => String(known[name]))}$`);
}

function rowsOf(columns: number): readonly (readonly string[])[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| event') && !line.startsWith('| field'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => cells.length === columns);
}

function fieldsOfPage(): object {
  const found: Record<string, Record<string, string>> = {};
  let event = '';
  for (const [name = '', , field = '', type = ''] of rowsOf(5)) {
    event = name.replaceAll('`', '') || event;
    (found[event] ??= {})[field.replaceAll('`', '')] = type;
  }
  return found;
}

function keysOfPage(): Readonly<Record<string, string>> {
  const rows = rowsOf(3).filter(([name = '', key = '']) => key.startsWith(`${name.slice(0, -1)}:`));
  return Object.fromEntries(
    rows.map(([name = '', key = '']) => [name.replaceAll('`', ''), /`([^`]+)`/.exec(key)![1]!]),
  );
}
