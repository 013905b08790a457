import {
  gauge,
  inSeconds,
  metricCatalogue,
  readMetric,
  type HostModule,
  type MeasuredValues,
  type MetricSource,
  type Token,
} from '@gamekeeper/core';

/** What a host's modules measure of this process. */
export function contributedMetrics(
  modules: readonly HostModule[],
  port: <T>(token: Token<T>) => T,
): readonly MetricSource[] {
  return modules.flatMap(({ metrics }) => metrics?.(port) ?? []);
}

/** What this process measures of itself, beside what it counts of its runs. */
export function processMetrics({
  clockSkewMs,
  contributed,
}: {
  readonly clockSkewMs: number | null;
  readonly contributed: readonly MetricSource[];
}): readonly MeasuredValues[] {
  return [gauge(metricCatalogue.clockSkew, inSeconds(clockSkewMs)), ...contributed.map(readMetric)];
}
