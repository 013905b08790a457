import { parseArgs } from 'node:util';
import { startDemo } from './demo.ts';
import { serveDemo, type DemoServer } from './web/server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    seed: { type: 'string', default: '1' },
    players: { type: 'string', default: '60' },
  },
});

function number(name: keyof typeof values, most: number): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  process.stderr.write(`--${name} must be a whole number from 0 to ${most}\n`);
  process.exit(2);
}

const [port, seed, players] = [number('port', 65_535), number('seed', 2 ** 31), number('players', 1_000)];
const demo = await startDemo({ seed, players });
let server: DemoServer;
try {
  server = await serveDemo(demo, port);
} catch (error) {
  process.stderr.write(`Port ${port} cannot be used (${String(error)}); choose another one with --port.\n`);
  await demo.stop();
  process.exit(1);
}
process.stdout.write(
  `The demo is at ${server.url} and its dashboard at ${server.url}dashboard (Ctrl-C ends it)\n`,
);

const stop = async (): Promise<void> => {
  await server.close();
  await demo.stop();
};
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());
await demo.pace.ended;
