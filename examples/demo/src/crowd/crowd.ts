import type { JobHost } from '@gamekeeper/composition';
import { DAY_MS, HOUR_MS, MINUTE_MS, addMs, sessionId, userId, type Instant } from '@gamekeeper/core';
import { madeUpPlayers, type Habits } from './habits.ts';
import { Random } from './random.ts';

/** Something that a player does at an instant. */
interface Action {
  readonly at: Instant;
  readonly run: () => Promise<void>;
}

/** What the crowd has done so far. */
export interface CrowdCounts {
  readonly players: number;
  readonly quizzes: number;
  readonly completed: number;
  /** Starts that were refused, because no life was left. */
  readonly refused: number;
}

/** Made-up players. What they do, and when, follows from the seed alone. */
export class Crowd {
  readonly #host: JobHost;
  readonly #players: readonly Habits[];
  readonly #random: Random;
  readonly #actions: Action[] = [];
  readonly #counts = { quizzes: 0, completed: 0, refused: 0 };
  #planned: Instant;

  /** @param from the first instant at which somebody may play */
  constructor(
    host: JobHost,
    { from, seed, players }: { readonly from: Instant; readonly seed: number; readonly players: number },
  ) {
    this.#host = host;
    this.#players = madeUpPlayers(players, seed);
    this.#random = new Random(seed + 1);
    this.#planned = from;
  }

  get counts(): CrowdCounts {
    return { players: this.#players.length, ...this.#counts };
  }

  /** Removes and returns the next action up to an instant; `null` if there is none. */
  next(through: Instant): Action | null {
    while (this.#planned <= through) this.#planDay();
    const first = this.#actions[0];
    return first && first.at <= through ? this.#actions.shift()! : null;
  }

  #planDay(): void {
    const from = this.#planned;
    this.#planned = addMs((from - (from % DAY_MS)) as Instant, DAY_MS);
    for (const player of this.#players) {
      if (!this.#random.isTrue(player.loyalty)) continue;
      const around = addMs(this.#planned, -DAY_MS + player.hour * HOUR_MS);
      for (let left = this.#random.between(1, player.quizzes); left > 0; left -= 1)
        this.#plan(player, addMs(around, this.#random.between(-90, 90) * MINUTE_MS), from);
    }
    this.#actions.sort((a, b) => a.at - b.at);
  }

  #plan(player: Habits, at: Instant, from: Instant): void {
    const isLeft = this.#random.isTrue(player.distraction);
    const [xp, minutes] = [this.#random.between(1, 10) * 10, this.#random.between(2, 9)];
    if (at < from) return;
    const id = sessionId(`quiz-${(this.#counts.quizzes += 1)}`);
    const start = async (): Promise<void> => {
      const started = await this.#host.gameplay.startQuiz({
        userId: userId(player.id),
        username: player.name,
        sessionId: id,
      });
      if (!started.ok) this.#counts.refused += 1;
      else if (!isLeft) this.#insert({ at: addMs(at, minutes * MINUTE_MS), run: complete });
    };
    const complete = async (): Promise<void> => {
      const completed = await this.#host.gameplay.completeQuiz({ sessionId: id, xp });
      if (completed.ok) this.#counts.completed += 1;
    };
    this.#actions.push({ at, run: start });
  }

  #insert(action: Action): void {
    const index = this.#actions.findIndex(({ at }) => at > action.at);
    this.#actions.splice(index < 0 ? this.#actions.length : index, 0, action);
  }
}
