/** A value that survives a round trip through JSON. Checkpoints and event payloads are such values. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };
