import fc from 'fast-check';
import parse from 'parse-prometheus-text-format';
import { describe, expect, it } from 'vitest';
import { prometheusText } from './prometheus-text.ts';

describe('the text format of Prometheus', () => {
  it('names help and type of a metric before its values', () => {
    const samples = [{ value: 1.5 }, { labels: { job: 'sweep', end: 'failed' }, value: 2 }];
    expect(prometheusText([{ name: 'runs_total', type: 'counter', help: 'All runs.', samples }])).toBe(
      [
        '# HELP runs_total All runs.',
        '# TYPE runs_total counter',
        'runs_total 1.5',
        'runs_total{job="sweep",end="failed"} 2',
        '',
      ].join('\n'),
    );
  });

  it('has for a histogram each bound, everything, the sum and the count', () => {
    const buckets = [
      { upTo: 0.5, count: 1 },
      { upTo: 1, count: 3 },
    ];
    const samples = [{ labels: { job: 'sweep' }, buckets, sum: 7.25, count: 4 }];
    expect(prometheusText([{ name: 'took', type: 'histogram', help: 'Time.', samples }])).toBe(
      [
        '# HELP took Time.',
        '# TYPE took histogram',
        'took_bucket{job="sweep",le="0.5"} 1',
        'took_bucket{job="sweep",le="1"} 3',
        'took_bucket{job="sweep",le="+Inf"} 4',
        'took_sum{job="sweep"} 7.25',
        'took_count{job="sweep"} 4',
        '',
      ].join('\n'),
    );
  });

  it('leaves out a metric without a value', () => {
    expect(prometheusText([{ name: 'nothing', type: 'gauge', help: 'None.', samples: [] }])).toBe('');
  });

  it('writes numbers that are none in the words of Prometheus', () => {
    const samples = [Infinity, -Infinity, Number.NaN].map((value) => ({ value }));
    const text = prometheusText([{ name: 'odd', type: 'gauge', help: 'Odd.', samples }]);
    expect(text.split('\n').slice(2, 5)).toEqual(['odd +Inf', 'odd -Inf', 'odd NaN']);
  });

  it('is read by a parser as what was written, whatever is in a label', () => {
    const labels = fc.record(
      {
        job: fc.string({ unit: 'binary', minLength: 1 }),
        end: fc.constantFrom('"', '\\', '\n', 'a\\nb', '}'),
      },
      { noNullPrototype: true },
    );
    const samples = fc.uniqueArray(fc.record({ labels, value: fc.integer() }, { noNullPrototype: true }), {
      minLength: 1,
      selector: ({ labels: { job, end } }) => `${job}|${end}`,
    });
    fc.assert(
      fc.property(samples, (written) => {
        const text = prometheusText([{ name: 'any', type: 'gauge', help: 'Any.', samples: written }]);
        const [metric] = parse(text);
        expect(metric?.metrics.map(({ labels, value }) => ({ labels, value: Number(value) }))).toEqual(
          written,
        );
      }),
    );
  });
});
