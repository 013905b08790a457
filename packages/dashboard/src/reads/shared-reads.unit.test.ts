import { describe, expect, it } from 'vitest';
import { SharedReads } from './shared-reads.ts';

function reads() {
  const clock = { now: 0 };
  let count = 0;
  const shared = new SharedReads({ timeoutMs: 50, now: () => clock.now });
  const read = async (): Promise<number> => (count += 1);
  return { shared, clock, read };
}

describe('SharedReads', () => {
  it('reads once for all who ask at the same time, and again when the value is too old', async () => {
    const { shared, clock, read } = reads();
    expect(await Promise.all([shared.get('a', 1_000, read), shared.get('a', 1_000, read)])).toEqual([1, 1]);
    clock.now = 999;
    expect(await shared.get('a', 1_000, read)).toBe(1);
    clock.now = 1_000;
    expect(await shared.get('a', 1_000, read)).toBe(2);
    expect(await shared.get('b', 1_000, read)).toBe(3);
  });

  it('reads at most one value a second again, however many there are, and none never', async () => {
    const { shared, clock, read } = reads();
    const keys = Array.from({ length: 100 }, (_, index) => `page-${index}`);
    const readAll = async (): Promise<readonly number[]> =>
      Promise.all(keys.map((key) => shared.get(key, 1_000, read)));
    await readAll();
    let newest = 100;
    for (let second = 1; second <= 200; second += 1) {
      clock.now = second * 1_000;
      newest = Math.max(...(await readAll()));
      // Five at once after a rest, then one a second; and after two minutes, all that had no turn.
      if (second < 120) expect(newest).toBeLessThanOrEqual(100 + 4 + second);
    }
    expect(newest).toBeLessThanOrEqual(100 + 4 + 200 + 100);
    expect(Math.min(...(await readAll()))).toBeGreaterThan(100);
  });

  it('counts the age from the end of a reading', async () => {
    const { shared, clock, read } = reads();
    const gate = Promise.withResolvers<void>();
    const first = shared.get('a', 1_000, async () => (await gate.promise, read()));
    clock.now = 5_000;
    const second = shared.get('a', 1_000, read);
    gate.resolve();
    expect(await Promise.all([first, second])).toEqual([1, 1]);
  });

  it('keeps no failure, and gives up a store that does not respond', async () => {
    const { shared, read } = reads();
    await expect(shared.get('a', 1_000, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    await expect(shared.get('a', 1_000, () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'DASHBOARD_TIMEOUT',
    });
    expect(await shared.get('a', 1_000, read)).toBe(1);
  });

  it('forgets everything when asked, and the oldest when there are too many', async () => {
    const { shared, read } = reads();
    await shared.get('a', 1_000, read);
    shared.clear();
    expect(await shared.get('a', 1_000, read)).toBe(2);
    for (let index = 0; index < 200; index += 1) await shared.get(`other-${index}`, 1_000, async () => 0);
    expect(await shared.get('a', 1_000, read)).toBe(3);
  });
});
