import type { DashboardHost } from './dashboard-host.ts';
import type { Page } from './html/layout.ts';
import type { Links } from './html/links.ts';
import type { EngineState } from './reads/engine-state.ts';
import type { HostPorts } from './reads/host-ports.ts';
import type { Visitor } from './web/access.ts';
import type { Parameters } from './web/parameters.ts';

/** What a page is made from. */
export interface RoomContext {
  readonly host: DashboardHost;
  readonly ports: HostPorts;
  readonly links: Links;
  readonly visitor: Visitor;
  readonly parameters: Parameters;
  /** Returns the state of all jobs and checks; all pages share it. */
  readonly state: () => Promise<EngineState>;
}

/** A page of the dashboard that changes nothing. */
export interface Room {
  /** The parameters that it reads; pages that differ in others are the same page. */
  readonly parameters: readonly string[];
  /** How long all who look at it share one reading of it. Milliseconds. */
  readonly maxAgeMs: number;
  readonly open: (context: RoomContext) => Promise<Page>;
}
