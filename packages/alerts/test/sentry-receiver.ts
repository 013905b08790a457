import { HttpReceiver, type Answer } from '../../../test/receivers/http-receiver.ts';

/** One item of an envelope: its type and its payload. */
export interface EnvelopeItem {
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** A local server that receives what the Sentry SDK sends. */
export class SentryReceiver {
  readonly #http: HttpReceiver;

  private constructor(http: HttpReceiver) {
    this.#http = http;
  }

  static async start(answer: Answer = () => ({ status: 200, body: '{}' })): Promise<SentryReceiver> {
    return new SentryReceiver(await HttpReceiver.start(answer));
  }

  /** The DSN for the SDK. Its key is a secret in these tests. */
  dsn(key: string): string {
    return `http://${key}@127.0.0.1:${this.#http.port}/7`;
  }

  /** Returns the items of a type, in order of arrival. */
  items(type: string): readonly EnvelopeItem['payload'][] {
    return this.#http.received.items
      .flatMap(({ body }) => itemsOf(body))
      .filter((item) => item.type === type)
      .map(({ payload }) => payload);
  }

  forget(): void {
    this.#http.received.items.splice(0);
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

/** An envelope is a header and then pairs of lines: the header of an item, and the item. */
function itemsOf(envelope: string): readonly EnvelopeItem[] {
  const [, ...lines] = envelope.split('\n').filter((line) => line !== '');
  const parsed = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  return parsed.flatMap((header, index) =>
    index % 2 === 0 ? [{ type: String(header['type']), payload: parsed[index + 1] ?? {} }] : [],
  );
}
