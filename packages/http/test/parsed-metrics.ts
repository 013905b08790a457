import parse from 'parse-prometheus-text-format';

/** Metrics in the text format of Prometheus, as another program reads them. */
export class ParsedMetrics {
  readonly #metrics: ReturnType<typeof parse>;

  constructor(text: string) {
    this.#metrics = parse(text);
  }

  get names(): readonly string[] {
    return this.#metrics.map(({ name }) => name);
  }

  /** The value of a metric that has certain labels; `undefined` where there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const metric = this.#metrics.find((one) => one.name === name);
    const sample = metric?.metrics.find((one) =>
      Object.entries(labels).every(([label, text]) => one.labels?.[label] === text),
    );
    return sample?.value === undefined ? undefined : Number(sample.value);
  }
}
