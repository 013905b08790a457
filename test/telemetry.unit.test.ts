import { createJobHost } from '@gamekeeper/composition';
import { HOUR_MS, silentLogger } from '@gamekeeper/core';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { healthGauges, telemetry } from '@gamekeeper/telemetry';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { expect, it } from 'vitest';

it('a host tells OpenTelemetry of its runs and of its health', async () => {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  });
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: exported, exportIntervalMillis: HOUR_MS });
  const meterProvider = new MeterProvider({ readers: [reader] });

  const clock = new VirtualClock('2026-11-24T11:45:00Z');
  const host = createJobHost({
    modules: [memoryAdapters(), cronerScheduler()],
    clock,
    logger: silentLogger,
    observers: [telemetry({ tracerProvider, meterProvider })],
  });
  await host.start();
  const gauges = healthGauges(host, { meterProvider });
  await clock.advanceBy(HOUR_MS);
  await host.idle();
  await reader.forceFlush();

  const recalculation = spans.getFinishedSpans().find(({ name }) => name === 'run leaderboard-recalculation');
  expect(recalculation?.attributes).toMatchObject({
    'gamekeeper.job': 'leaderboard-recalculation',
    'gamekeeper.tick': '2026-11-24T12:00:00.000Z',
    'gamekeeper.run.end': 'succeeded',
  });
  const metrics = exported
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
  const valueOf = (name: string, job?: string): unknown =>
    metrics
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.find(({ attributes }) => attributes['gamekeeper.job'] === job)?.value;
  expect(valueOf('gamekeeper.runs', 'life-regeneration')).toBe(2);
  expect(valueOf('gamekeeper.job.lag', 'life-regeneration')).toBe(15 * 60);
  expect(valueOf('gamekeeper.health.known')).toBe(1);
  expect(valueOf('gamekeeper.recalculation.drift_members')).toBe(0);

  gauges.stop();
  await host.stop();
  await meterProvider.shutdown();
});
