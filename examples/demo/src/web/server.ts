import { dashboard } from '@gamekeeper/dashboard';
import { nodeListener } from '@gamekeeper/http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Demo } from '../demo.ts';
import { controls } from './controls.ts';

/** A page on this machine, with the dashboard below it. */
export interface DemoServer {
  /** With a slash at its end. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/**
 * Serves the demo's page and the dashboard, to this machine only.
 *
 * @param port 0 for one that is free
 */
export async function serveDemo(demo: Demo, port: number): Promise<DemoServer> {
  const openDashboard = dashboard(demo.host, {
    basePath: '/dashboard',
    access: () => ({ may: 'actions', who: 'demo' }),
  });
  const ownPage = controls(demo);
  const listener = nodeListener((request) =>
    new URL(request.url).pathname.startsWith('/dashboard') ? openDashboard(request) : ownPage(request),
  );
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
