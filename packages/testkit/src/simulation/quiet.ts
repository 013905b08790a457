/** Resolves when every promise that can go on without time has: Node runs its ticks after all of them. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
