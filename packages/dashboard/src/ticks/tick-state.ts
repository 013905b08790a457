/** What became of a tick, or of several in one cell: the first that applies. */
export type TickState =
  | 'failed'
  | 'owed'
  | 'running'
  | 'skipped'
  | 'items-failed'
  | 'caught-up'
  | 'late'
  | 'taken-over'
  | 'succeeded'
  | 'idle'
  | 'unrecorded'
  | 'ahead';

/** How a state is shown: a word, a mark, and what it means. */
export interface ShownState {
  readonly state: TickState;
  readonly word: string;
  /** A character that tells states apart without colours; some have none, and differ by their frame. */
  readonly mark: string;
  readonly meaning: string;
}

/** All states, the most pressing first. */
export const tickStates: readonly ShownState[] = [
  { state: 'failed', word: 'failed', mark: '×', meaning: 'the run failed' },
  { state: 'owed', word: 'owed', mark: '!', meaning: 'it should have run by now and has not' },
  { state: 'running', word: 'running', mark: '›', meaning: 'an attempt is active' },
  {
    state: 'skipped',
    word: 'skipped',
    mark: '–',
    meaning: 'it was decided that it does not run; the cell has the reason',
  },
  { state: 'items-failed', word: 'items failed', mark: '*', meaning: 'it ran, and some items failed alone' },
  { state: 'caught-up', word: 'caught up', mark: '»', meaning: 'it ran only after the next tick was due' },
  { state: 'late', word: 'late', mark: '+', meaning: 'it began more than a minute late' },
  { state: 'taken-over', word: 'taken over', mark: '²', meaning: 'it needed more than one attempt' },
  { state: 'succeeded', word: 'succeeded', mark: '', meaning: 'it ran at its tick' },
  { state: 'idle', word: 'idle', mark: '·', meaning: 'it ran, and there was nothing to do' },
  {
    state: 'unrecorded',
    word: 'no record',
    mark: '',
    meaning: 'from before the job was registered, or removed as too old',
  },
  { state: 'ahead', word: 'ahead', mark: '', meaning: 'in the future' },
];

const byState = new Map(tickStates.map((shown) => [shown.state, shown]));

/** Returns how a state is shown. */
export function shownState(state: TickState): ShownState {
  return byState.get(state)!;
}
