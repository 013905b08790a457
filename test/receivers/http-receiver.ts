import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Received } from './received.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is answered to the nth request, counted from 0. `hang` never answers. */
export type Answer = (
  nth: number,
  request: ReceivedRequest,
) => { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | 'hang';

/** A server on this machine that keeps what it is sent. */
export class HttpReceiver {
  readonly received = new Received<ReceivedRequest>();
  readonly #server: Server;

  private constructor(answer: Answer) {
    this.#server = createServer((...exchange) => void this.#take(answer, ...exchange));
  }

  static async start(answer: Answer = () => ({ status: 204 })): Promise<HttpReceiver> {
    const receiver = new HttpReceiver(answer);
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    return receiver;
  }

  async #take(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await text(incoming);
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body };
    const reply = answer(this.received.items.length, request);
    if (reply !== 'hang') outgoing.writeHead(reply.status, reply.headers).end(reply.body);
    this.received.add(request);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
