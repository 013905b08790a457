import { instant } from '@gamekeeper/core';
import { count, counted, duration, time } from '../html/format.ts';
import { html } from '../html/html.ts';
import { facts } from '../html/parts.ts';
import type { PlayerSection } from './player-section.ts';

/** The streak and its protections, as the player sees them: due ticks included. */
export const streakOfPlayer: PlayerSection = {
  id: 'streak',
  title: 'Streak',
  read: async ({ host }, userId, now) => {
    const { currentStreak, longestStreak, protections, lastQuizAt, evaluatedOn } =
      await host.streaks.read(userId);
    const last = lastQuizAt === null ? null : instant(lastQuizAt);
    const zone = host.jobs.find(({ job }) => job.name === 'streak-update')?.schedule.timeZone;
    return facts([
      ['Streak', counted(currentStreak, 'day')],
      ['Longest', counted(longestStreak, 'day')],
      ['Protections left', count(protections)],
      ['Last quiz', last === null ? 'none' : html`${time(last)} <small>${duration(now - last)} ago</small>`],
      ['Newest day judged', evaluatedOn ?? 'none'],
      ...(zone === undefined ? [] : [['Days are those of', zone] as const]),
    ]);
  },
};
