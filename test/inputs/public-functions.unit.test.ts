import * as postgres from '@gamekeeper/adapters-postgres';
import * as redis from '@gamekeeper/adapters-redis';
import * as alerts from '@gamekeeper/alerts';
import * as cli from '@gamekeeper/cli';
import * as composition from '@gamekeeper/composition';
import * as core from '@gamekeeper/core';
import * as dashboard from '@gamekeeper/dashboard';
import * as fastify from '@gamekeeper/fastify';
import * as http from '@gamekeeper/http';
import * as nestjs from '@gamekeeper/nestjs';
import * as bullmq from '@gamekeeper/scheduler-bullmq';
import * as croner from '@gamekeeper/scheduler-croner';
import * as pgboss from '@gamekeeper/scheduler-pgboss';
import * as telemetry from '@gamekeeper/telemetry';
import * as testkit from '@gamekeeper/testkit';
import * as testkitHost from '@gamekeeper/testkit/host';
import * as gamekeeper from 'gamekeeper';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readDoors } from '../public-surface/doors.ts';
import { functionRows } from './function-rows.ts';
import { checkedElsewhere } from './checked-elsewhere.ts';
import { complaintsOf } from './rows.ts';

/** Every door through which a host's own code comes in; those of adapters' authors are typed ports. */
const doors: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '@gamekeeper/adapters-postgres': postgres,
  '@gamekeeper/adapters-redis': redis,
  '@gamekeeper/alerts': alerts,
  '@gamekeeper/cli': cli,
  '@gamekeeper/composition': composition,
  '@gamekeeper/core': core,
  '@gamekeeper/dashboard': dashboard,
  '@gamekeeper/fastify': fastify,
  '@gamekeeper/http': http,
  '@gamekeeper/nestjs': nestjs,
  '@gamekeeper/scheduler-bullmq': bullmq,
  '@gamekeeper/scheduler-croner': croner,
  '@gamekeeper/scheduler-pgboss': pgboss,
  '@gamekeeper/telemetry': telemetry,
  '@gamekeeper/testkit': testkit,
  '@gamekeeper/testkit/host': testkitHost,
  gamekeeper,
};
const root = fileURLToPath(new URL('../..', import.meta.url));
const innerDoors = ['@gamekeeper/core/engine', '@gamekeeper/core/game', '@gamekeeper/core/ports'];

/** Functions and classes behind the doors, without errors. */
const exported: ReadonlyMap<string, unknown> = new Map(
  Object.values(doors)
    .flatMap((door) => Object.entries(door))
    .filter(([, value]) => typeof value === 'function' && !(value.prototype instanceof Error)),
);

it('every package has its door here', async () => {
  const specifiers = (await readDoors(root)).map(({ specifier }) => specifier);
  expect(Object.keys(doors).concat(innerDoors).toSorted()).toEqual(specifiers.toSorted());
});

it('every public function and class has a row, or a reason why it needs none', () => {
  const rows = Object.keys(functionRows).map((name) => name.split('.')[0]!);
  const known = new Set([...rows, ...Object.keys(checkedElsewhere)]);
  expect([...exported.keys()].toSorted()).toEqual([...known].toSorted());
  expect(rows.filter((name) => name in checkedElsewhere)).toEqual([]);
});

it('refuses junk by name', async () => {
  const { complaints, calls } = await complaintsOf(functionRows, callOf, { returns: 'anything' });
  expect(complaints).toEqual([]);
  expect(calls).toBeGreaterThan(1_000);
});

it('takes what is right', async () => {
  for (const [name, { takes, refusalsOnly }] of Object.entries(functionRows))
    if (!refusalsOnly) await callOf(name)(...takes);
});

/** Returns a function, a constructor, or (`VirtualClock.advanceTo`) a method of what a row of the class makes. */
function callOf(name: string): (...given: unknown[]) => unknown {
  const [exportedName, method] = name.split('.') as [string, string | undefined];
  const value = exported.get(exportedName) as (...given: unknown[]) => unknown;
  const { prototype } = value as { prototype?: object };
  const isClass = prototype !== undefined && Function.prototype.toString.call(value).startsWith('class');
  const make = (...given: unknown[]): unknown =>
    isClass ? Reflect.construct(value, given) : value(...given);
  if (method === undefined) return make;
  const owner = make(...functionRows[exportedName]!.takes) as Record<
    string,
    (...given: unknown[]) => unknown
  >;
  return owner[method]!.bind(owner);
}
