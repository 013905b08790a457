import { type MetricDefinition } from '@gamekeeper/core/ports';
import { prometheusLabel, prometheusName } from '@gamekeeper/core/engine';
import { metricCatalogue } from '@gamekeeper/core/game';

const begin = '<!-- Made from the catalogue of metrics by `npm run metrics`. -->';
const end = '<!-- The end of what is made. -->';

/** A page with the reference of metrics in it as the catalogue has it now. */
export function withMetricTable(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${metricTable()}\n${end}${after}`;
}

function metricTable(): string {
  const all = Object.values(metricCatalogue);
  const of = (scope: MetricDefinition['scope']): string =>
    all
      .filter((metric) => metric.scope === scope)
      .map(row)
      .join('');
  return [
    'Of the store: every instance shows the same, so take the `max`.\n\n',
    head,
    of('store'),
    '\nOf this process: add counters and histograms up over instances, look at gauges one by one.\n\n',
    head,
    of('process'),
  ].join('');
}

const head = '| Prometheus | OpenTelemetry | kind | labels | |\n|---|---|---|---|---|\n';

function row(metric: MetricDefinition): string {
  const labels = metric.labels.map((label) => `\`${prometheusLabel(label)}\``).join(', ');
  const cells = [`\`${prometheusName(metric)}\``, `\`${metric.name}\``, metric.kind, labels, metric.help];
  return `| ${cells.join(' | ')} |\n`;
}
