import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

const SAMPLE_MS = 5;

/** How busy the machine is, because nobody can read a measurement without it. */
export function load(): string {
  return `load ${loadavg()[0]!.toFixed(1)} on ${availableParallelism()} CPUs`;
}

/** Carries out some work and answers how long it took and by how much this process grew meanwhile at most. */
export async function measured(
  work: () => Promise<unknown>,
): Promise<{ readonly seconds: number; readonly peakMegabytes: number }> {
  globalThis.gc?.();
  const idle = process.memoryUsage.rss();
  let peak = idle;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), SAMPLE_MS);
  const startedAt = performance.now();
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return { seconds, peakMegabytes: (peak - idle) / 2 ** 20 };
}

/** Lets the machine come to rest. */
export function rest(seconds: number): Promise<void> {
  return pause(seconds * 1_000);
}
