import { Random } from './random.ts';

/** How a made-up player plays. */
export interface Habits {
  readonly id: string;
  readonly name: string;
  /** The hour of the day (UTC) around which the player plays. */
  readonly hour: number;
  /** How likely it is that the player plays on a day. */
  readonly loyalty: number;
  /** The most quizzes on a day. */
  readonly quizzes: number;
  /** How likely it is that a quiz is left before its end. */
  readonly distraction: number;
}

const first =
  'Ada Bob Cleo Dai Eva Finn Gus Hana Ivo Jun Kim Lea Max Nia Oto Pia Quinn Rui Sam Tia Uma Vic Wes Xi Yan Zoe';
const last = 'Ash Bay Cole Dune Elm Frost Gale Hill Isle Jay';

/** Returns players whose ways of playing differ; the same ones for the same seed. */
export function madeUpPlayers(count: number, seed: number): readonly Habits[] {
  const random = new Random(seed);
  const [firsts, lasts] = [first.split(' '), last.split(' ')];
  return Array.from({ length: count }, (_, index) => ({
    id: `player-${String(index + 1).padStart(3, '0')}`,
    name: `${firsts[index % firsts.length]} ${lasts[Math.floor(index / firsts.length) % lasts.length]}`,
    hour: random.between(6, 22),
    loyalty: [0.98, 0.9, 0.75, 0.5][random.between(0, 3)]!,
    quizzes: random.between(1, 8),
    distraction: random.next() * 0.25,
  }));
}
