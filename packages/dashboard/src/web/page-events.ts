import { securityHeaders } from './headers.ts';

/**
 * How long one stream lasts. The browser opens the next one, whose rights are checked anew; and a server that waits for
 * open connections before it stops waits no longer. Milliseconds.
 */
const STREAM_MS = 10_000;

/** How soon the browser opens the next one. Milliseconds. */
const RETRY_MS = 500;

/**
 * Returns a stream of server-sent events: the tag of a page at once, and again at an interval, whether it has changed or
 * not, so that the browser knows that the stream is alive. It ends when the page cannot be read.
 *
 * @param tag reads the tag of the page as it is now
 */
export function pageEvents(tag: () => Promise<string>, intervalMs: number): Response {
  const until = performance.now() + STREAM_MS;
  const encoder = new TextEncoder();
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      const look = async (): Promise<void> => {
        const found = await tag().catch(() => null);
        if (!isOpen) return;
        if (found === null || performance.now() >= until) return controller.close();
        controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\ndata: ${found}\n\n`));
        timer = setTimeout(() => void look(), Math.min(intervalMs, STREAM_MS)).unref();
      };
      void look();
    },
    cancel: () => {
      isOpen = false;
      clearTimeout(timer);
    },
  });
  const headers = {
    ...securityHeaders,
    'content-type': 'text/event-stream; charset=utf-8',
    // No proxy may hold events back.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  };
  return new Response(body, { headers });
}
