import type { Instant } from '../../engine/time/instant.ts';
import type { Board } from './board.ts';
import type { Period } from './period.ts';
import type { PeriodRepository } from './period-repository.ts';

/** How many periods per board are cached: reads use the current one and, briefly, the previous one. */
const REMEMBERED = 4;

/** Caches the periods of instants without asking the store again: stored periods never change. */
export class PeriodCache {
  readonly #periods: Pick<PeriodRepository, 'periodAt'>;
  readonly #known = new Map<string, readonly Period[]>();

  constructor(periods: Pick<PeriodRepository, 'periodAt'>) {
    this.#periods = periods;
  }

  /** Returns the period of a board at an instant: see {@link PeriodRepository.periodAt}. */
  async at(board: Board, at: Instant): Promise<Period> {
    const known = this.#known.get(board.key) ?? [];
    const remembered = known.find((period) => contains(period, at));
    if (remembered) return remembered;
    const { period, isStored } = await this.#periods.periodAt(board, at);
    if (isStored) this.#known.set(board.key, [period, ...known].slice(0, REMEMBERED));
    return period;
  }
}

function contains({ startsAt, endsAt }: Period, at: Instant): boolean {
  return (startsAt === null || startsAt <= at) && (endsAt === null || at < endsAt);
}
