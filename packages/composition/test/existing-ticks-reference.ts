import { DAY_MS, HOUR_MS, MINUTE_MS, iso } from '@gamekeeper/core';

/** What a deploy brings: how often lives come, where streaks' days begin, and the rules. */
export interface Deploy {
  /** A divisor of 60. */
  readonly livesEveryMinutes: number;
  readonly zone: keyof typeof zoneHours;
  readonly hour: number;
  readonly maxLives: number;
  readonly regenMinutes: number;
  readonly breakAfterHours: number;
}

/** Zones whose clocks never change, and by how many hours they are ahead of UTC. */
export const zoneHours = { UTC: 0, 'Asia/Tokyo': 9, 'America/Phoenix': -7 } as const;

interface Since {
  readonly since: number;
  readonly deploy: Deploy;
}

/** One player as the reference keeps them: plain numbers, and the ticks that do not exist for what was recorded. */
interface Player {
  lives: number;
  timer: number | null;
  /** The last tick that gave a life. */
  givenAt: number;
  livesOver: Set<number>;
  streak: number;
  longest: number;
  lastQuizAt: number | null;
  protections: number;
  judgedOn: number | null;
}

type Job = 'life-regeneration' | 'streak-update';

/**
 * The law in the plainest words: every tick there is, one after the other, one player at a time. It knows neither cron
 * expressions nor sets of rows: ticks are worked out by arithmetic on minutes and days.
 */
export class ExistingTicks {
  readonly #deploys: Since[] = [];
  readonly #players = new Map<string, Player>();
  readonly #settled: Record<Job, number>;
  readonly #startsAfter: Record<Job, number>;
  readonly events = new Set<string>();

  constructor(registered: number, first: Deploy) {
    this.#deploys.push({ since: registered, deploy: first });
    const before = registered - 1;
    this.#settled = { 'life-regeneration': before, 'streak-update': before };
    this.#startsAfter = { ...this.#settled };
  }

  deploy(now: number, deploy: Deploy): void {
    this.#deploys.push({ since: now, deploy });
  }

  /** The ticks that no run has settled yet, oldest first. */
  owed(job: Job, now: number): readonly number[] {
    return this.#ticks(job, this.#settled[job], now);
  }

  /** Every player who is due at the oldest ticks that are owed, through one of them. */
  run(job: Job, through: number): void {
    for (const tick of this.owed(job, through)) {
      for (const [id, player] of this.#players) this.#apply(job, id, player, tick, this.events);
      this.#settled[job] = tick;
    }
  }

  play(id: string, at: number): { readonly ok: boolean; readonly lives: number; readonly streak: number } {
    const known = this.#players.get(id);
    const player = known ?? this.#fresh(at);
    // Somebody who is new is full: no tick from before is theirs.
    for (const job of ['life-regeneration', 'streak-update'] as const)
      if (known) this.#bring(job, id, player, at, this.events);
    this.#players.set(id, player);
    const ok = player.lives > 0;
    if (ok) this.#spend(player, at);
    this.#count(player, at);
    return { ok, lives: player.lives, streak: player.streak };
  }

  read(id: string, now: number): object {
    const known = this.#players.get(id);
    const player = structuredClone(known ?? this.#fresh(now));
    for (const job of ['life-regeneration', 'streak-update'] as const)
      if (known) this.#bring(job, id, player, now, new Set());
    const { lives, streak, longest, protections } = player;
    return { lives, streak, longest, protections };
  }

  #fresh(at: number): Player {
    return {
      lives: this.#rules(at).maxLives,
      timer: null,
      givenAt: -Infinity,
      livesOver: new Set(),
      streak: 0,
      longest: 0,
      lastQuizAt: null,
      protections: 2,
      judgedOn: null,
    };
  }

  #spend(player: Player, at: number): void {
    const { maxLives, regenMinutes } = this.#rules(at);
    const timer = player.lives < maxLives ? this.#timer(player, at) : null;
    player.timer = timer ?? at + regenMinutes * MINUTE_MS;
    // Whatever has run by now, or has given this player a life, cannot come again.
    const over = Math.max(this.#settled['life-regeneration'], player.givenAt);
    for (const tick of this.#ticks('life-regeneration', at, over)) player.livesOver.add(tick);
    player.lives -= 1;
  }

  #count(player: Player, at: number): void {
    if (player.lastQuizAt !== null && at <= player.lastQuizAt) return;
    const sameDay =
      player.streak > 0 &&
      player.lastQuizAt !== null &&
      this.#day(player.lastQuizAt, at) === this.#day(at, at);
    if (!sameDay) player.streak += 1;
    player.longest = Math.max(player.longest, player.streak);
    player.lastQuizAt = at;
    for (const tick of this.#ticks('streak-update', at, this.#settled['streak-update']))
      player.judgedOn = Math.max(player.judgedOn ?? -Infinity, this.#day(tick, tick));
  }

  #bring(job: Job, id: string, player: Player, through: number, events: Set<string>): void {
    for (const tick of this.#ticks(job, this.#startsAfter[job], through))
      this.#apply(job, id, player, tick, events);
  }

  #apply(job: Job, id: string, player: Player, tick: number, events: Set<string>): void {
    if (job === 'life-regeneration') this.#give(id, player, tick, events);
    else this.#judge(id, player, tick, events);
  }

  #give(id: string, player: Player, tick: number, events: Set<string>): void {
    const { maxLives, regenMinutes } = this.#rules(tick);
    const timer = this.#timer(player, tick);
    if (player.lives >= maxLives || timer === null || timer > tick || player.livesOver.has(tick)) return;
    player.lives += 1;
    player.givenAt = tick;
    player.timer = tick + regenMinutes * MINUTE_MS;
    if (player.lives === maxLives) events.add(`LivesRefilled:${iso(tick)}:${id}`);
  }

  /** The player's timer, or that of the newest change before an instant which brought so many lives below the maximum. */
  #timer({ lives, timer }: Player, at: number): number | null {
    let from = timer;
    let raised = -Infinity;
    for (const [index, { since, deploy }] of this.#deploys.entries()) {
      const before = this.#deploys[index - 1]?.deploy.maxLives ?? deploy.maxLives;
      if (since <= at && before <= lives && lives < deploy.maxLives)
        raised = since + deploy.regenMinutes * MINUTE_MS;
    }
    if (raised > -Infinity) from = Math.max(raised, timer ?? raised);
    return from;
  }

  #judge(id: string, player: Player, tick: number, events: Set<string>): void {
    const { breakAfterHours } = this.#rules(tick);
    const day = this.#day(tick, tick);
    const isSafe =
      player.streak === 0 ||
      player.lastQuizAt === null ||
      this.#day(player.lastQuizAt, tick) >= day ||
      tick - player.lastQuizAt <= breakAfterHours * HOUR_MS;
    if (isSafe || (player.judgedOn !== null && player.judgedOn >= day)) return;
    player.judgedOn = day;
    const name = iso(day * DAY_MS).slice(0, 10);
    if (player.protections > 0) {
      player.protections -= 1;
      events.add(`StreakProtected:${name}:${id}`);
    } else {
      player.streak = 0;
      events.add(`StreakBroken:${name}:${id}`);
    }
  }

  #rules(at: number): Deploy {
    return (this.#deploys.findLast(({ since }) => since <= at) ?? this.#deploys[0]!).deploy;
  }

  /** The number of the day that an instant is on, by the zone in force at another. */
  #day(at: number, zoneAt: number): number {
    return Math.floor((at + zoneHours[this.#rules(zoneAt).zone] * HOUR_MS) / DAY_MS);
  }

  /** Every tick in `(after, through]` since the registration, minute by minute. */
  #ticks(job: Job, after: number, through: number): readonly number[] {
    const ticks: number[] = [];
    const from = Math.max(after, this.#startsAfter[job]);
    for (let at = (Math.floor(from / GRID_MS) + 1) * GRID_MS; at <= through; at += GRID_MS) {
      const { livesEveryMinutes, zone, hour } = this.#rules(at);
      const isLifeTick = at % (livesEveryMinutes * MINUTE_MS) === 0;
      const isDaily = (at + (zoneHours[zone] - hour) * HOUR_MS) % DAY_MS === 0;
      if (job === 'life-regeneration' ? isLifeTick : isDaily) ticks.push(at);
    }
    return ticks;
  }
}

const GRID_MS = 10 * MINUTE_MS;
