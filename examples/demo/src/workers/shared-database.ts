import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import type { HostModule } from '@gamekeeper/core/ports';
import { MikroORM } from '@mikro-orm/pglite';

/** An embedded database in memory, which all hosts of the demo share as instances share a server. */
export class SharedDatabase {
  readonly #orm: MikroORM;

  constructor() {
    this.#orm = new MikroORM({ dbName: 'memory://', entities: [], discovery: { warnWhenNoEntities: false } });
  }

  /** Returns the adapters of one host. Their clock is pinned to the game's. */
  module(): HostModule {
    return postgresAdapters({ orm: this.#orm, pinnableClock: true });
  }

  close(): Promise<void> {
    return this.#orm.close();
  }
}
