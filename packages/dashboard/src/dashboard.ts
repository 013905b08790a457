import { isGamekeeperError, type Logger } from '@gamekeeper/core';
import { errorText, withMethods } from '@gamekeeper/core/engine';
import { engineTokens } from '@gamekeeper/core/ports';
import { act, openForm, type Acted } from './actions/act.ts';
import { assets } from './assets/assets.ts';
import type { DashboardHost } from './dashboard-host.ts';
import { checkedOptions, type DashboardOptions } from './dashboard-options.ts';
import { document } from './html/layout.ts';
import { linksBelow, type Links } from './html/links.ts';
import { readEngineState, type EngineState } from './reads/engine-state.ts';
import { portsOf, type HostPorts } from './reads/host-ports.ts';
import { SharedReads } from './reads/shared-reads.ts';
import { rooms } from './rooms.ts';
import type { Room } from './room.ts';
import { visitorOf, type Visitor } from './web/access.ts';
import {
  closedPage,
  failurePage,
  hostStatePage,
  methodPage,
  notFoundPage,
  type ErrorPage,
} from './web/error-pages.ts';
import { Parameters } from './web/parameters.ts';
import { etagOf } from './web/etag.ts';
import { securityHeaders } from './web/headers.ts';
import { pageEvents } from './web/page-events.ts';
import { assetResponse, pageResponse, seeOther, sharedPageResponse, type SharedPage } from './web/respond.ts';

/** Handles a request, with the objects of the web standard. It never throws. */
export type DashboardHandler = (request: Request) => Promise<Response>;

/** How old the state of jobs and checks may be. Milliseconds. */
const STATE_MAX_AGE_MS = 3_000;

const OPEN_STATES: readonly string[] = ['open', 'attached', 'watching', 'running', 'stopping'];

/**
 * Returns a handler for the dashboard of a host: what ran, what should have run and did not, jobs, boards and players,
 * and actions on them. Without `access`, nobody may see anything.
 *
 * However many pages are open, they share what is read from the store.
 *
 * @throws {InvalidOptionError}
 * @example
 * const handle = dashboard(host, {
 *   basePath: '/internal/dashboard',
 *   access: (request) => (isAdmin(request) ? { may: 'actions', who: nameOf(request) } : 'none'),
 * });
 */
export function dashboard(host: DashboardHost, options: DashboardOptions = {}): DashboardHandler {
  withMethods('host', host, ['health', 'runNow'], 'must be the JobHost that createJobHost returns');
  const checked = checkedOptions(options);
  const app = new Dashboard(host, checked);
  return async (request) => {
    const response = await app.handle(request);
    if (request.method !== 'HEAD') return response;
    return new Response(null, { status: response.status, headers: response.headers });
  };
}

/** A page that a visitor looks at. */
interface OpenRoom {
  readonly page: string;
  readonly room: Room;
  readonly visitor: Visitor;
  readonly parameters: Parameters;
}

class Dashboard {
  readonly #host: DashboardHost;
  readonly #options: Required<DashboardOptions>;
  readonly #links: Links;
  readonly #reads: SharedReads;
  /** Apart from pages, whose number would make it older. */
  readonly #states: SharedReads;
  #ports: HostPorts | undefined;

  constructor(host: DashboardHost, options: Required<DashboardOptions>) {
    this.#host = host;
    this.#options = options;
    this.#links = linksBelow(options.basePath);
    this.#reads = new SharedReads({ timeoutMs: options.timeoutMs });
    this.#states = new SharedReads({ timeoutMs: options.timeoutMs });
  }

  async handle(request: Request): Promise<Response> {
    try {
      return await this.#answer(request);
    } catch (error) {
      if (!isGamekeeperError(error)) this.#log('a page of the dashboard could not be made', error);
      return this.#errorResponse(failurePage(error));
    }
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const page = this.#pageIn(url.pathname);
    if (page === null) return this.#errorResponse(notFoundPage());
    const asset = assets.get(page.replace(/^assets\//, ''));
    if (asset && page.startsWith('assets/')) return assetResponse(request, asset);
    const visitor = await visitorOf(this.#options.access, request);
    if (!visitor.canRead) return this.#errorResponse(closedPage());
    if (!OPEN_STATES.includes(this.#host.state)) return this.#errorResponse(hostStatePage(this.#host.state));
    const parameters = new Parameters(url.searchParams);
    if (page === 'act') return this.#act(request, visitor, parameters);
    if (page === 'events') return this.#events(request, visitor, parameters);
    const room = rooms.get(page);
    if (!room) return this.#errorResponse(notFoundPage());
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#errorResponse(methodPage());
    return sharedPageResponse(request, await this.#sharedPage({ page, room, visitor, parameters }));
  }

  #sharedPage({ page, room, visitor, parameters }: OpenRoom): Promise<SharedPage> {
    // Whoever may do the same sees the same page.
    const key = JSON.stringify([page, parameters.canonical(room.parameters), [...visitor.may].sort()]);
    return this.#reads.get(key, room.maxAgeMs, async () => {
      const opened = await room.open({
        host: this.#host,
        ports: this.#hostPorts(),
        links: this.#links,
        visitor,
        parameters,
        state: () => this.#state(),
      });
      const body = document(this.#links, opened);
      return { body, etag: etagOf(body), refreshMs: opened.refreshMs };
    });
  }

  /** Tells a browser when the page that it shows has changed. */
  async #events(request: Request, visitor: Visitor, parameters: Parameters): Promise<Response> {
    if (request.method !== 'GET') return this.#errorResponse(methodPage());
    const of = URL.parse(parameters.required('of', 4_000), request.url);
    const page = of && this.#pageIn(of.pathname);
    const room = page === null ? undefined : rooms.get(page);
    if (!of || page === null || !room) return this.#errorResponse(notFoundPage());
    const open = { page, room, visitor, parameters: new Parameters(of.searchParams) };
    const { refreshMs } = await this.#sharedPage(open);
    // A browser does not ask again after this status.
    if (refreshMs === null) return new Response(null, { status: 204, headers: securityHeaders });
    const tag = async (): Promise<string> => {
      if (!OPEN_STATES.includes(this.#host.state)) throw new Error('the host is not open any more');
      return (await this.#sharedPage(open)).etag;
    };
    return pageEvents(tag, refreshMs);
  }

  async #act(request: Request, visitor: Visitor, parameters: Parameters): Promise<Response> {
    const context = { host: this.#host, ports: this.#hostPorts(), links: this.#links, visitor, parameters };
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#acted(openForm(context));
      case 'POST':
        return this.#acted(
          await act(request, context, {
            allowedOrigins: this.#options.allowedOrigins,
            onEnd: () => {
              this.#reads.clear();
              this.#states.clear();
            },
          }),
        );
      default:
        return this.#errorResponse(methodPage());
    }
  }

  #acted(acted: Acted): Response {
    switch (acted.kind) {
      case 'page':
        return pageResponse(this.#links, acted.page);
      case 'refused':
        return this.#errorResponse(acted.refusal);
      case 'begun':
        return seeOther(this.#links('action', { id: acted.id }));
    }
  }

  /** Returns the path below the base path, without slashes around it; `null` if it is elsewhere. */
  #pageIn(pathname: string): string | null {
    const { basePath } = this.#options;
    if (pathname !== basePath && !pathname.startsWith(`${basePath}/`)) return null;
    return pathname.slice(basePath.length).replace(/^\/|\/$/g, '');
  }

  #state(): Promise<EngineState> {
    return this.#states.get('state', STATE_MAX_AGE_MS, () => readEngineState(this.#host, this.#hostPorts()));
  }

  #hostPorts(): HostPorts {
    return (this.#ports ??= portsOf(this.#host));
  }

  #errorResponse({ status, page }: ErrorPage): Response {
    return pageResponse(this.#links, page, status);
  }

  #log(what: string, error: unknown): void {
    this.#host.container.get<Logger>(engineTokens.logger.symbol).error(what, { error: errorText(error) });
  }
}
