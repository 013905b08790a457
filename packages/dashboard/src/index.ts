export { dashboard, type DashboardHandler } from './dashboard.ts';
export type { DashboardHost } from './dashboard-host.ts';
export type { DashboardOptions } from './dashboard-options.ts';
export type { Access, AccessCheck, ActionName, Rights } from './web/access.ts';
