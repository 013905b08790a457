import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';

/** A real tracer provider that records the ended spans. */
export class RecordedSpans {
  readonly #exporter = new InMemorySpanExporter();
  readonly provider: TracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: this.#exporter })],
  });

  /** The spans in order of their start, each indented by two spaces below its parent: `run sweep`, `  batch sweep`. */
  get tree(): readonly string[] {
    const shown = (parent: string | undefined, depth: number): readonly string[] =>
      this.#inOrder()
        .filter(({ parentSpanContext }) => parentSpanContext?.spanId === parent)
        .flatMap((span) => [
          `${'  '.repeat(depth)}${span.name}`,
          ...shown(span.spanContext().spanId, depth + 1),
        ]);
    return shown(undefined, 0);
  }

  all(name: string): readonly ReadableSpan[] {
    return this.#inOrder().filter((span) => span.name === name);
  }

  /** Returns the only span with a name. */
  one(name: string): ReadableSpan {
    const [span, ...more] = this.all(name);
    if (!span || more.length > 0) throw new Error(`not one span ${name}: ${this.tree.join('\n')}`);
    return span;
  }

  #inOrder(): readonly ReadableSpan[] {
    const at = ({ startTime: [seconds, nanos] }: ReadableSpan): number => seconds * 1e9 + nanos;
    return [...this.#exporter.getFinishedSpans()].sort((a, b) => at(a) - at(b));
  }
}
