declare const type: unique symbol;

/** The name of something that a host binds, with its type. */
export interface Token<out T> {
  readonly symbol: symbol;
  readonly name: string;
  readonly [type]?: () => T;
}

/** Returns a token. Tokens of the same name are the same token, also across two copies of a package. */
export function token<T>(name: string): Token<T> {
  return { symbol: Symbol.for(`@gamekeeper/${name}`), name };
}

/** The types of a list of tokens. */
export type Resolved<Tokens extends readonly Token<unknown>[]> = {
  readonly [Index in keyof Tokens]: Tokens[Index] extends Token<infer T> ? T : never;
};

/** How one token is bound: its dependencies and its factory. The factory is called once per host. */
export interface Binding {
  readonly token: Token<unknown>;
  readonly dependencies: readonly Token<unknown>[];
  readonly create: (...dependencies: readonly never[]) => unknown;
  /** Whether a binding of the same token by another module replaces this one. */
  readonly fallback?: boolean;
}

/**
 * Binds a token to a factory. The factory's parameters are checked against the tokens, so a swapped dependency does
 * not compile.
 *
 * @example
 * provide(gameTokens.lives, [engineTokens.clock], (clock) => new MyLivesRepository(clock));
 */
export function provide<T, const Tokens extends readonly Token<unknown>[]>(
  token: Token<T>,
  dependencies: Tokens,
  create: (...dependencies: Resolved<Tokens>) => T,
): Binding {
  return { token, dependencies, create };
}

/** Like {@link provide}, but a binding of the same token by another module replaces it. */
export function provideFallback<T, const Tokens extends readonly Token<unknown>[]>(
  token: Token<T>,
  dependencies: Tokens,
  create: (...dependencies: Resolved<Tokens>) => T,
): Binding {
  return { ...provide(token, dependencies, create), fallback: true };
}
