import { type HostModule, type MeasuredValues, type MetricSource, type Token } from '@gamekeeper/core/ports';
import { gauge, inSeconds, readMetric, type Outages, metricLabels } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';

/** Returns the metrics that a host's modules contribute about this process. */
export function contributedMetrics(
  modules: readonly HostModule[],
  port: <T>(token: Token<T>) => T,
): readonly MetricSource[] {
  return modules.flatMap(({ metrics }) => metrics?.(port) ?? []);
}

/** Returns the metrics of this process, in addition to the counters of its runs. */
export function processMetrics({
  clockSkewMs,
  outages,
  contributed,
}: {
  readonly clockSkewMs: number | null;
  readonly outages: Outages;
  readonly contributed: readonly MetricSource[];
}): readonly MeasuredValues[] {
  return [
    gauge(metricCatalogue.clockSkew, inSeconds(clockSkewMs)),
    ...outageMetrics(outages),
    ...contributed.map(readMetric),
  ];
}

function outageMetrics(outages: Outages): readonly MeasuredValues[] {
  const { degraded, dependencyDegraded, dependencyOutages, dependencyFailures } = metricCatalogue;
  const current = new Set(outages.current().map(({ dependency }) => dependency));
  const { all } = outages;
  const about = (name: string): Readonly<Record<string, string>> => ({ [metricLabels.dependency]: name });
  return [
    gauge(degraded, current.size > 0 ? 1 : 0),
    {
      metric: dependencyDegraded,
      samples: all.map(({ name }) => ({ labels: about(name), value: current.has(name) ? 1 : 0 })),
    },
    {
      metric: dependencyOutages,
      samples: all.map(({ name, counts }) => ({ labels: about(name), value: counts.outages })),
    },
    {
      metric: dependencyFailures,
      samples: all.flatMap(({ name, counts }) =>
        [...counts.failures].map(([operation, value]) => ({
          labels: { ...about(name), [metricLabels.operation]: operation },
          value,
        })),
      ),
    },
  ];
}
