import type { MetricDefinition } from '@gamekeeper/core/ports';
import type { MeasuredMetric } from '@gamekeeper/core/engine';
import fc from 'fast-check';
import parse from 'parse-prometheus-text-format';
import { describe, expect, it } from 'vitest';
import { expositionFor, openMetricsText, prometheusText } from './prometheus-text.ts';

const gauge: MetricDefinition<'gauge'> = {
  name: 'gamekeeper.any',
  kind: 'gauge',
  unit: '',
  help: 'Any.',
  labels: ['gamekeeper.job', 'gamekeeper.run.end'],
  scope: 'process',
};
const runs: MeasuredMetric = {
  metric: { ...gauge, name: 'gamekeeper.runs', kind: 'counter', unit: '{run}', help: 'All "runs".' },
  samples: [
    { value: 1.5 },
    { labels: { 'gamekeeper.job': 'sweep', 'gamekeeper.run.end': 'failed' }, value: 2 },
  ],
};
const took: MeasuredMetric = {
  metric: { ...gauge, name: 'gamekeeper.run.duration', kind: 'histogram', unit: 's', help: 'Time.' },
  samples: [
    {
      labels: { 'gamekeeper.job': 'sweep' },
      buckets: [
        { upTo: 0.5, count: 1 },
        { upTo: 1, count: 3 },
      ],
      sum: 7.25,
      count: 4,
    },
  ],
};
const histogramLines = [
  'gamekeeper_run_duration_seconds_bucket{gamekeeper_job="sweep",le="0.5"} 1',
  'gamekeeper_run_duration_seconds_bucket{gamekeeper_job="sweep",le="1.0"} 3',
  'gamekeeper_run_duration_seconds_bucket{gamekeeper_job="sweep",le="+Inf"} 4',
  'gamekeeper_run_duration_seconds_sum{gamekeeper_job="sweep"} 7.25',
  'gamekeeper_run_duration_seconds_count{gamekeeper_job="sweep"} 4',
];

describe('the text format of Prometheus', () => {
  it('names help and type of a metric before its values', () => {
    expect(prometheusText.write([runs]).split('\n')).toEqual([
      '# HELP gamekeeper_runs_total All "runs".',
      '# TYPE gamekeeper_runs_total counter',
      'gamekeeper_runs_total 1.5',
      'gamekeeper_runs_total{gamekeeper_job="sweep",gamekeeper_run_end="failed"} 2',
      '',
    ]);
  });

  it('has for a histogram each bound, everything, the sum and the count', () => {
    expect(prometheusText.write([took]).split('\n').slice(2)).toEqual([...histogramLines, '']);
  });

  it('leaves out a metric without a value', () => {
    expect(prometheusText.write([{ metric: gauge, samples: [] }])).toBe('');
  });

  it('writes numbers that are none in the words of Prometheus', () => {
    const samples = [Infinity, -Infinity, Number.NaN].map((value) => ({ value }));
    expect(
      prometheusText
        .write([{ metric: gauge, samples }])
        .split('\n')
        .slice(2, 5),
    ).toEqual(['gamekeeper_any +Inf', 'gamekeeper_any -Inf', 'gamekeeper_any NaN']);
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
        const [metric] = parse(prometheusText.write([{ metric: gauge, samples: written }]));
        expect(metric?.metrics.map(({ labels, value }) => ({ labels, value: Number(value) }))).toEqual(
          written,
        );
      }),
    );
  });
});

describe('OpenMetrics', () => {
  it('names a counter without its suffix, a unit, and the end of the text', () => {
    expect(openMetricsText.write([runs, took]).split('\n')).toEqual([
      '# TYPE gamekeeper_runs counter',
      '# HELP gamekeeper_runs All \\"runs\\".',
      'gamekeeper_runs_total 1.5',
      'gamekeeper_runs_total{gamekeeper_job="sweep",gamekeeper_run_end="failed"} 2',
      '# TYPE gamekeeper_run_duration_seconds histogram',
      '# UNIT gamekeeper_run_duration_seconds seconds',
      '# HELP gamekeeper_run_duration_seconds Time.',
      ...histogramLines,
      '# EOF',
      '',
    ]);
  });
});

describe('the format that is answered', () => {
  const PROMETHEUS =
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

  it.each([
    [PROMETHEUS, openMetricsText],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', openMetricsText],
    ['application/openmetrics-text', openMetricsText],
    ['application/openmetrics-text;version=0.0.1,text/plain;version=0.0.4;q=0.5', prometheusText],
    ['application/openmetrics-text;q=0.2, text/plain', prometheusText],
    ['application/openmetrics-text;q=0', prometheusText],
    ['application/openmetrics-text;q=high', prometheusText],
    ['*/*', prometheusText],
    ['', prometheusText],
    [null, prometheusText],
  ])('to %j', (accept, exposition) => {
    expect(expositionFor(accept)).toBe(exposition);
  });
});
