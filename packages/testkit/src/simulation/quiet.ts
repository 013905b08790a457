/** Resolves when no pending promise can continue without time passing: Node runs its ticks after all of them. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
