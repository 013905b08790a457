/** The part of the platform's `AbortSignal` that core itself uses. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

interface AbortControllerLike {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

/**
 * The platform's own `AbortSignal` where its types are available, so that it can be passed to `fetch`, timers and
 * drivers. Core compiles without platform types and sees only {@link AbortSignalLike}.
 */
export type AbortSignal = typeof globalThis extends {
  readonly AbortSignal: { readonly prototype: infer Signal };
}
  ? Signal
  : AbortSignalLike;

/** Creates the platform's `AbortController`; every current JavaScript runtime has one. */
export function createAbortController(): AbortControllerLike {
  const platform = globalThis as unknown as { AbortController: new () => AbortControllerLike };
  return new platform.AbortController();
}
