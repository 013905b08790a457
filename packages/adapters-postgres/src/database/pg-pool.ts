/** A `Pool` of `pg` 8, with its own types or without. */
export interface WatchablePool {
  readonly options: object;
  on(event: 'connect' | 'acquire' | 'remove', listener: (client: never) => void): unknown;
}

/** The used part of a `pg` pool: the driver comes with MikroORM without types. */
export interface PgPool {
  /** Creates connections outside the pool. */
  readonly Client: new (options: object) => PgClient;
  readonly options: object;
  on(event: 'connect' | 'acquire' | 'remove', listener: (client: PgClient) => void): unknown;
  /** Emitted before the pool decides whether to keep the connection. */
  on(event: 'release', listener: (error: unknown, client: PgClient) => void): unknown;
}

/** A connection. */
export interface PgClient {
  query: (...args: readonly unknown[]) => unknown;
  connect(): Promise<unknown>;
  /**
   * Closes the connection politely, or destroys the socket if a reply is outstanding. The pool does not reuse a client
   * that was ended.
   */
  end(): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
  /** The backend's pid as reported at connect. Behind a pooler it is not a real pid. */
  readonly processID: number | null;
  readonly connection: { readonly stream: { destroy(): unknown } };
}
