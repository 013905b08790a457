/** A parser that is not ours. It takes the histograms of several jobs for one. */
declare module 'parse-prometheus-text-format' {
  interface ParsedMetric {
    readonly name: string;
    readonly help: string;
    readonly type: 'GAUGE' | 'COUNTER' | 'HISTOGRAM';
    readonly metrics: readonly {
      readonly value?: string;
      readonly labels?: Readonly<Record<string, string>>;
    }[];
  }

  const parse: (text: string) => readonly ParsedMetric[];
  export default parse;
}
