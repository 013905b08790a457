import type { LivesMapping, ProgressMapping } from '@gamekeeper/adapters-postgres';
import type { BenchStore } from '../lib/bench-store.ts';

/** Tables of a host's, in a schema of their own, with the players of a bench. */
export interface Scene {
  readonly name: string;
  readonly create: (own: BenchStore, game: string) => Promise<void>;
  /** Replaces all rows with the crowd's. */
  readonly fill: (own: BenchStore, game: string) => Promise<void>;
  readonly mapping: (game: string) => { readonly lives: LivesMapping; readonly progress: ProgressMapping };
  /** How the tables are joined to `crowd`, `lives` and `player`, and what is true of each player after a job. */
  readonly changed: (game: string) => {
    readonly tables: string;
    readonly 'life-regeneration': string;
    readonly 'streak-update': string;
  };
}
