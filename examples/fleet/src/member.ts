import { silentLogger } from '@gamekeeper/core';
import { once } from 'node:events';
import { createFleetHost, type FleetOptions } from './fleet-host.ts';

/** A process of the fleet: `member.ts <send | work> <options as JSON>`. It works until SIGTERM. */
const [role = '', options = ''] = process.argv.slice(2);
const log = (message: string, fields: object = {}): void =>
  console.error(`${role} ${process.pid}: ${message} ${JSON.stringify(fields)}`);
const { host, stop } = createFleetHost(
  JSON.parse(options) as FleetOptions,
  role === 'send' ? 'send' : 'work',
  {
    ...silentLogger,
    warn: log,
    error: log,
  },
);
await host.start();
process.send?.('ready');
await once(process, 'SIGTERM');
await stop();
process.exit(0);
