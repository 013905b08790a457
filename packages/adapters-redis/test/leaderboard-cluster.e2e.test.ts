import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { VirtualClock, leaderboardCacheContract, memoryStore, runContract } from '@gamekeeper/testkit';
import { Redis, type Cluster } from 'ioredis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { folderWith } from '../../../test/servers/installed.ts';
import { freePort, startProcess, type Stop } from '../../../test/servers/started-process.ts';
import { RedisConnection, RedisLeaderboardCache } from '../src/index.ts';

interface Node {
  readonly host: string;
  readonly port: number;
  readonly bus: number;
}

const bin = folderWith(['redis-server']);

describe.skipIf(bin === null)('leaderboards in a cluster of two nodes', { timeout: 120_000 }, () => {
  const stops: Stop[] = [];
  const folders: string[] = [];
  let nodes: Node[];
  let connection: RedisConnection;
  let cases = 0;

  beforeAll(async () => {
    nodes = [await node(), await node()];
    const clients = nodes.map(({ host, port }) => new Redis(port, host));
    const [one, other] = clients as [Redis, Redis];
    await one.call('CLUSTER', 'ADDSLOTSRANGE', '0', '8191');
    await other.call('CLUSTER', 'ADDSLOTSRANGE', '8192', '16383');
    await one.call('CLUSTER', 'MEET', nodes[1]!.host, nodes[1]!.port, nodes[1]!.bus);
    for (const client of clients) {
      while (!String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok')) await pause(50);
      client.disconnect();
    }
    connection = new RedisConnection({
      cluster: { nodes: nodes.slice(0, 1).map(({ host, port }) => ({ host, port })) },
    });
    await connection.open();
  }, 60_000);
  afterAll(async () => {
    await connection?.close();
    await Promise.all(stops.map((stop) => stop()));
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  });

  async function node(): Promise<Node> {
    const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-cluster-'));
    folders.push(folder);
    const [port, bus] = [await freePort(), await freePort()];
    const where = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
    const args = [...where, '--cluster-enabled', 'yes', '--cluster-port', `${bus}`];
    const probe = async (): Promise<void> => {
      const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null });
      client.on('error', () => undefined);
      await client.connect().finally(() => client.disconnect());
    };
    stops.push(await startProcess({ file: join(bin!, 'redis-server'), args, folder }, probe));
    return { host: '127.0.0.1', port, bus };
  }

  const create = async () => {
    const clock = new VirtualClock('2026-11-24T00:00:00Z');
    const client = (await connection.run(async (open) => open)) as unknown as Cluster;
    cases += 1;
    const own = new RedisConnection({ client, keyPrefix: `case:${cases}` });
    await own.open();
    return {
      ...memoryStore(clock),
      now: () => clock.now(),
      passTime: async (ms: number) => clock.jumpTo(clock.now() + ms),
      cache: new RedisLeaderboardCache(own, clock),
    };
  };
  const options = { create, supports: { concurrent: true, separate: true }, examples: 5 };
  runContract(leaderboardCacheContract(options), it);
});
