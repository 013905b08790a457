/** What is used here of a pool of `pg`: the driver comes with MikroORM and ships no types. */
export interface PgPool {
  /** Makes connections outside the pool. */
  readonly Client: new (options: object) => PgClient;
  readonly options: object;
  on(event: 'connect' | 'acquire' | 'remove', listener: (client: PgClient) => void): unknown;
  /** Emitted before the pool decides whether it keeps the connection. */
  on(event: 'release', listener: (error: unknown, client: PgClient) => void): unknown;
}

/** A connection. */
export interface PgClient {
  query: (...args: readonly unknown[]) => unknown;
  connect(): Promise<unknown>;
  /** Says goodbye, or cuts the socket where an answer is still owed. The pool takes no client back that was ended. */
  end(): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
  /** The backend, as whoever answered the connection says: a pooler makes up one of its own. */
  readonly processID: number | null;
  readonly connection: { readonly stream: { destroy(): unknown } };
}
