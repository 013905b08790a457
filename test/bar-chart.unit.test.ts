import { describe, expect, it } from 'vitest';
import { barChart } from '../bench/lib/bar-chart.ts';

const groups = [
  {
    label: 'Lives',
    bars: [
      { name: 'ours', value: 2 },
      { name: 'by hand', value: 8 },
    ],
  },
  { label: 'A & B', bars: [{ name: '<ours>', value: 0 }] },
];
const svg = barChart({ title: 'Jobs', unit: 'seconds', groups });

describe('a bar chart', () => {
  it('has bars as long as their values, the longest as wide as there is room', () => {
    expect(
      [...svg.matchAll(/<rect class="(\w+)" x="250" y="\d+" width="(\d+)"/g)].map(([, kind, width]) => [
        kind,
        width,
      ]),
    ).toEqual([
      ['ours', '100'],
      ['other', '400'],
      ['ours', '1'],
    ]);
  });

  it('says its numbers and names as text that no name can break', () => {
    expect(svg).toContain('>2</text>');
    expect(svg).toContain('A &amp; B');
    expect(svg).toContain('&lt;ours>');
    expect(svg).toContain('aria-label="Jobs"');
  });
});
