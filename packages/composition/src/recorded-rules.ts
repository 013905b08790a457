import {
  type Instant,
  type JsonObject,
  type LivesRules,
  type Logger,
  type StreakRules,
  type Transaction,
} from '@gamekeeper/core';
import { type RuleHistory } from '@gamekeeper/core/ports';
import { errorText, RulesTimeline, type RegistrationMode } from '@gamekeeper/core/engine';
import { livesRules, streakRules, withRaises } from '@gamekeeper/core/game';
import type { GameRules } from './host-options.ts';

/** The rules by which ticks are evaluated, as stored: those of the newest deploy apply to all instances. */
export class RecordedRules {
  readonly lives: RulesTimeline<LivesRules>;
  readonly streaks: RulesTimeline<StreakRules>;
  readonly #own: Readonly<Record<'lives' | 'streaks', JsonObject>>;
  readonly #history: RuleHistory;
  readonly #logger: Logger;
  readonly #refused = new Set<string>();

  constructor({
    rules,
    history,
    logger,
  }: {
    readonly rules: GameRules;
    readonly history: RuleHistory;
    readonly logger: Logger;
  }) {
    const { lives, streaks } = rules;
    const { maxLives, regenMinutes } = lives;
    this.#own = { lives: { maxLives, regenMinutes }, streaks: { ...streaks } };
    this.#history = history;
    this.#logger = logger;
    this.lives = new RulesTimeline(lives, {
      read: ({ maxLives, regenMinutes }) => livesRules({ maxLives, regenMinutes } as Partial<LivesRules>),
      complete: withRaises,
    });
    this.streaks = new RulesTimeline(streaks, {
      read: (recorded) => streakRules(recorded),
    });
  }

  /** Stores the rules of this host's options, all or only missing ones; they apply to all instances from now on. */
  async record(now: Instant, which: RegistrationMode = 'all'): Promise<void> {
    const rules = which === 'none' ? {} : which === 'new' ? await this.#unrecorded() : this.#own;
    if (Object.keys(rules).length > 0) await this.#history.record(rules, now);
    await this.refresh();
  }

  async #unrecorded(): Promise<Readonly<Record<string, JsonObject>>> {
    const recorded = new Set((await this.#history.changes()).map(({ name }) => name));
    return Object.fromEntries(Object.entries(this.#own).filter(([name]) => !recorded.has(name)));
  }

  /** Reads the stored rules. If this instance cannot read them, it keeps its previous rules. */
  async refresh(tx?: Transaction): Promise<void> {
    const changes = await this.#history.changes(tx);
    for (const name of ['lives', 'streaks'] as const) {
      const its = changes.filter((change) => change.name === name);
      try {
        this[name].adopt(its);
      } catch (error) {
        this.#refuse(name, JSON.stringify(its.map(({ rules }) => rules)), error);
      }
    }
  }

  /** Logs one line per record, however often it is read. */
  #refuse(name: string, recorded: string, error: unknown): void {
    if (this.#refused.has(recorded)) return;
    this.#refused.add(recorded);
    this.#logger.error('stored rules are invalid for this version; keeping the previous rules', {
      rules: name,
      recorded,
      error: errorText(error),
    });
  }
}
