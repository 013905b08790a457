/** The parsers of a query's results, as `pg` takes them. */
export interface PlainTypes {
  getTypeParser(oid: number, format?: string): (text: string) => unknown;
}

const BOOLEAN = 16;
const NUMBERS = [21, 23, 26, 700, 701];
const JSON_TYPES = [114, 3802];

/**
 * The parsers of the few types that Gamekeeper's statements return. An application may have changed those of `pg` for
 * all of its queries, for example to read `json` as text.
 */
export const plainTypes: PlainTypes = {
  getTypeParser: (oid) => {
    if (oid === BOOLEAN) return (text) => text === 't';
    if (NUMBERS.includes(oid)) return Number;
    return JSON_TYPES.includes(oid) ? (JSON.parse as (text: string) => unknown) : (text) => text;
  },
};
