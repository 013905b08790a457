import { readArguments, usage, UsageError, type DemoArguments } from './arguments.ts';
import { startDemo } from './demo.ts';
import { serveDemo, type DemoServer } from './web/server.ts';

const { port, seed, players } = chosen();
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

/** Returns what the command line asks for. Ends the process if that is the usage, or makes no sense. */
function chosen(): DemoArguments {
  try {
    const wanted = readArguments(process.argv.slice(2));
    if (!wanted.help) return wanted;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
