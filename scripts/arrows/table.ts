/** What may be imported where: the one table behind the linter's rules and the test of them. */

/** The doors of core, by reader: hosts, authors of adapters, and those who compose an engine or a game. */
export const coreDoors = {
  hosts: '@gamekeeper/core',
  ports: '@gamekeeper/core/ports',
  engine: '@gamekeeper/core/engine',
  game: '@gamekeeper/core/game',
} as const;

const { hosts, ports, engine, game } = coreDoors;
const everyDoor = [hosts, ports, engine, game];
const node = 'node:*';

/** The door of the testkit to hosts on a virtual clock. */
export const testHostDoor = '@gamekeeper/testkit/host';

/** What every test may use, whatever it tests. */
const testing = [
  '@gamekeeper/testkit',
  testHostDoor,
  '@gamekeeper/scheduler-croner',
  'vitest',
  'fast-check',
  node,
];
const mikroOrm = ['@mikro-orm/*', 'kysely', '@electric-sql/pglite'];
const commandLine = ['commander', 'cli-table3', 'string-width', '@bomb.sh/tab'];

/** The container and its parts: what is below `packages/composition` knows them, and nothing else. */
export const onlyInComposition = ['inversify', '@inversifyjs/*', 'reflect-metadata'];

/**
 * What a package may import beside its own files. A name of ours is one door; any other stands for the package with all
 * its subpaths, `@scope/*` for all packages of a scope, and `node:*` for what Node brings.
 */
export interface Arrows {
  readonly source: readonly string[];
  /** What its tests import beyond `source` and what every test may use. */
  readonly tests?: readonly string[];
  /** The sentence that the linter shows. */
  readonly reason: string;
}

/** The folders below `packages`. */
export const packages: Readonly<Record<string, Arrows>> = {
  core: {
    source: [],
    reason: 'Core imports nothing but itself.',
  },
  testkit: {
    source: [...everyDoor, 'fast-check', node],
    reason: 'The testkit imports core, fast-check and Node.',
  },

  'scheduler-croner': {
    source: [hosts, ports, engine, 'croner', node],
    reason: 'The reader of schedules imports core, Croner and Node.',
  },
  'scheduler-pgboss': {
    source: [hosts, ports, engine, '@gamekeeper/scheduler-croner', 'pg-boss', node],
    tests: ['@gamekeeper/composition', '@gamekeeper/adapters-postgres', '@mikro-orm/*', 'pg'],
    reason: 'The scheduler on pg-boss imports core, the reader of schedules, pg-boss and Node.',
  },
  'scheduler-bullmq': {
    source: [hosts, ports, engine, '@gamekeeper/scheduler-croner', 'bullmq', 'ioredis', node],
    tests: ['@gamekeeper/composition'],
    reason: 'The scheduler on BullMQ imports core, the reader of schedules, BullMQ, ioredis and Node.',
  },
  'adapters-postgres': {
    source: [...everyDoor, ...mikroOrm, node],
    tests: ['pg', 'postgres', 'typeorm', 'knex', 'drizzle-orm', '@prisma/*'],
    reason: 'The PostgreSQL adapter imports core, MikroORM, Kysely, PGlite and Node.',
  },
  'adapters-redis': {
    source: [...everyDoor, 'ioredis', node],
    reason: 'The Redis adapter imports core, ioredis and Node.',
  },
  alerts: {
    source: [hosts, ports, engine, 'nodemailer', node],
    tests: ['smtp-server', '@sentry/node'],
    reason: 'The alert channels import core, nodemailer and Node; Sentry comes from the host.',
  },
  composition: {
    source: [...everyDoor, 'inversify', 'reflect-metadata', node],
    reason: 'The composition root imports core, Inversify and Node. Hosts pass it the adapters.',
  },
  http: {
    source: [...everyDoor, node],
    tests: ['@gamekeeper/composition', 'express', 'hono', 'parse-prometheus-text-format'],
    reason: 'Health over HTTP imports core and Node; a host is what has its health.',
  },
  dashboard: {
    source: [...everyDoor, node],
    tests: [
      '@gamekeeper/composition',
      '@gamekeeper/http',
      '@gamekeeper/adapters-postgres',
      'express',
      'fastify',
      'hono',
      '@nestjs/*',
      'kysely',
      'playwright-core',
      'axe-core',
      'esbuild',
      'reflect-metadata',
    ],
    reason: 'The dashboard imports core and Node; a host is what it shows.',
  },
  nestjs: {
    source: [
      ...everyDoor,
      '@gamekeeper/composition',
      '@gamekeeper/http',
      '@nestjs/common',
      '@nestjs/core',
      node,
    ],
    tests: ['@nestjs/*', 'rxjs', 'reflect-metadata'],
    reason: 'The module for NestJS imports core, composition, problems and health over HTTP, Nest and Node.',
  },
  fastify: {
    source: [...everyDoor, '@gamekeeper/composition', '@gamekeeper/http', 'fastify', node],
    reason:
      'The plugin for Fastify imports core, composition, problems and health over HTTP, Fastify and Node.',
  },
  telemetry: {
    source: [...everyDoor, '@opentelemetry/api', node],
    tests: ['@opentelemetry/*'],
    reason: 'Telemetry imports core, the OpenTelemetry API and Node. Hosts bring the SDK.',
  },
  cli: {
    source: [
      ...everyDoor,
      '@gamekeeper/composition',
      '@gamekeeper/http',
      '@gamekeeper/dashboard',
      '@gamekeeper/testkit',
      '@gamekeeper/scheduler-croner',
      '@gamekeeper/adapters-postgres',
      ...commandLine,
      node,
    ],
    tests: ['@gamekeeper/adapters-redis', '@gamekeeper/alerts', '@gamekeeper/cli'],
    reason:
      'The command line imports core, composition, health over HTTP, the dashboard, what a replay runs on (testkit, Croner, PostgreSQL), its libraries and Node. A configuration passes it the other adapters.',
  },
  gamekeeper: {
    source: [
      hosts,
      ports,
      '@gamekeeper/composition',
      '@gamekeeper/http',
      '@gamekeeper/dashboard',
      '@gamekeeper/scheduler-croner',
      '@gamekeeper/adapters-postgres',
      '@gamekeeper/cli',
    ],
    reason: 'The package of everything exports what the others make, and imports nothing else.',
  },
};

/** The folders below `packages` behind a door of their own that may import more than the rest of their package. */
export const rooms: Readonly<Record<string, Arrows>> = {
  'testkit/src/host': {
    source: [...everyDoor, '@gamekeeper/composition', '@gamekeeper/scheduler-croner', node],
    reason: 'The host for tests imports core, composition, Croner and Node; tests pass it the adapters.',
  },
};

/** The folders below `examples` that show how little is needed; other examples may use whatever has a door. */
export const examples: Readonly<Record<string, Arrows>> = {
  'engine-only': {
    source: [
      hosts,
      ports,
      engine,
      '@gamekeeper/adapters-postgres',
      '@gamekeeper/scheduler-croner',
      '@mikro-orm/sql',
      node,
    ],
    reason: 'This example stands on the engine alone: no game, and no composition.',
  },
};

/** What the tests of a package may import. */
export function importsOfTests(name: string): readonly string[] {
  const { source, tests = [] } = packages[name]!;
  const own = `@gamekeeper/${name}`;
  const shared = testing.filter((each) => each !== own);
  return [...new Set([...source, ...tests, ...shared])];
}
