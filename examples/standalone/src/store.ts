import { postgresAdapters } from '@gamekeeper/adapters-postgres';
import type { HostModule } from '@gamekeeper/core';
import { memoryAdapters } from '@gamekeeper/testkit';
import type { StoreChoice } from './arguments.ts';

/** Where the live host keeps its embedded database unless told otherwise. */
const LIVE_FOLDER = '.gamekeeper';

/** The store of the live host and of single runs. */
export function liveStore(choice: StoreChoice): { readonly module: HostModule; readonly name: string } {
  switch (choice.kind) {
    case 'server':
      return {
        module: postgresAdapters({ url: choice.url }),
        name: `PostgreSQL at ${new URL(choice.url).host}`,
      };
    case 'memory':
      return { module: memoryAdapters(), name: 'memory' };
    case 'folder':
      return {
        module: postgresAdapters({ folder: choice.folder }),
        name: `embedded PostgreSQL in ${choice.folder}`,
      };
    case 'default':
      return {
        module: postgresAdapters({ folder: LIVE_FOLDER }),
        name: `embedded PostgreSQL in ${LIVE_FOLDER}`,
      };
  }
}
