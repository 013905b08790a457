import { dashboard } from '@gamekeeper/dashboard';
import { serveHealth } from '@gamekeeper/http';
import type { Command } from 'commander';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { readNumber, withExamples } from '../arguments.ts';
import type { Session } from '../session.ts';

interface DashboardCommandOptions {
  readonly port: number;
  readonly actions?: boolean;
}

const BASE_PATH = '/dashboard';

/** `dashboard`: serves the dashboard to this machine until it is stopped. */
export function addDashboard(program: Command, session: Session): void {
  const command = program
    .command('dashboard')
    .description(
      'serves the dashboard to this machine until SIGINT or SIGTERM, without running jobs at their ticks',
    )
    .option('--port <port>', 'the port; 0 for any free one', readNumber(0, 65_535), 9465)
    .option('--actions', 'lets everybody on this machine act, in your name')
    .action((options: DashboardCommandOptions) => serveDashboard(session, options));
  withExamples(command, 'dashboard', 'dashboard --port 0 --actions');
}

async function serveDashboard(
  session: Session,
  { port, actions = false }: DashboardCommandOptions,
): Promise<void> {
  await session.withHost(async (host) => {
    const may = actions ? 'actions' : 'read';
    const handle = dashboard(host, {
      basePath: BASE_PATH,
      access: () => ({ may, who: `${userName()} (command line)` }),
    });
    const server = await serveHealth(host, { port, handlers: { [BASE_PATH]: handle } });
    const url = `${server.url}${BASE_PATH}`;
    session.show({ url, actions }, (terminal) => {
      terminal.print(
        `${url}\n${actions ? 'Actions are stored in your name.' : 'To act from it, add --actions.'} Press Ctrl-C to stop it.`,
      );
    });
    if (!session.signal.aborted) await once(session.signal, 'abort');
    await server.close();
  });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container, the user may have no name.
    return 'somebody';
  }
}
