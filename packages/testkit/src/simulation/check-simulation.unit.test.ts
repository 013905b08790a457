import { describe, expect, it } from 'vitest';
import { historyInWords } from './check-simulation.ts';

const plan = { skewsMs: [0], faults: [], actions: [] };

describe('historyInWords', () => {
  it('lists twelve violations, and says how many more there are', () => {
    const violations = Array.from({ length: 15 }, (_, index) => `law 1: violation ${index + 1}`);
    const lines = historyInWords({ plan, story: [], violations }).split('\n');
    expect(lines[0]).toBe('Violations: 15');
    expect(lines.slice(12, 14)).toEqual(['  - law 1: violation 12', '  … and 3 more']);
  });

  it('says nothing of more violations when it lists all', () => {
    const violations = Array.from({ length: 12 }, (_, index) => `law 1: violation ${index + 1}`);
    expect(historyInWords({ plan, story: [], violations })).not.toContain('more');
  });
});
