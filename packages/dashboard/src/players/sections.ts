import { awardsOfPlayer } from './awards-section.ts';
import { boardsOfPlayer } from './boards-section.ts';
import { livesOfPlayer } from './lives-section.ts';
import type { PlayerSection } from './player-section.ts';
import { sessionsOfPlayer } from './sessions-section.ts';
import { streakOfPlayer } from './streak-section.ts';
import { whyOfPlayer } from './why-section.ts';

/** What the page of a player shows, in this order. */
export const playerSections: readonly PlayerSection[] = [
  livesOfPlayer,
  streakOfPlayer,
  boardsOfPlayer,
  sessionsOfPlayer,
  awardsOfPlayer,
  whyOfPlayer,
];
