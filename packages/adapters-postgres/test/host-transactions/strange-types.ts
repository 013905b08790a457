import { TypeOverrides } from 'pg';

/** Type parsers that a host has changed for its own queries: a trap for whoever relies on the defaults. */
export const strangeTypes = new TypeOverrides();
for (const oid of [16, 20, 21, 23, 25, 114, 1_009, 1_184, 3_802]) {
  strangeTypes.setTypeParser(oid, (text: string) => `changed by the host: ${text}`);
}
