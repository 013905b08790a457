import { parseArgs } from 'node:util';
import { carriers, type Carrier } from './fleet-host.ts';

/** The command line of the demonstration. */
export const usage = `Tells every player whose streak is in danger, on several worker processes, against a push service with a rate limit.

  npm start --workspace examples/fleet -- --carrier pgboss --workers 3 --kill 2

  --carrier <name>   timer, pgboss or bullmq (default timer: each process looks for due work itself)
  --workers <count>  worker processes (default 2)
  --players <count>  players in danger (default 20000)
  --rate <count>     pushes per second that the service accepts (default 1000)
  --kill <count>     workers to kill in the middle, one after the other; each is replaced (default 0)
  --help             this page

  It uses PostgreSQL at DATABASE_URL (default postgres://root@127.0.0.1:5432/postgres), and for bullmq Redis at REDIS_URL
  (default redis://127.0.0.1:6379), under a name of its own that is removed at the end.
`;

/** What to demonstrate. */
export interface Demonstration {
  readonly carrier: Carrier;
  readonly workers: number;
  readonly players: number;
  readonly rate: number;
  readonly kill: number;
}

const limits = {
  workers: [1, 16],
  players: [100, 1_000_000],
  rate: [10, 10_000],
  kill: [0, 100],
} as const;

/** Returns what the command line asks for, or what to print instead. */
export function readArguments(argv: readonly string[]): Demonstration | string {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      carrier: { type: 'string', default: 'timer' },
      workers: { type: 'string', default: '2' },
      players: { type: 'string', default: '20000' },
      rate: { type: 'string', default: '1000' },
      kill: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return usage;
  const carrier = carriers.find((name) => name === values.carrier);
  if (!carrier) return `--carrier must be one of ${carriers.join(', ')}\n\n${usage}`;
  for (const [name, [min, max]] of Object.entries(limits)) {
    const value = Number(values[name as keyof typeof limits]);
    if (!Number.isInteger(value) || value < min || value > max)
      return `--${name} must be a whole number from ${min} to ${max}\n\n${usage}`;
  }
  const [workers, players, rate, kill] = [values.workers, values.players, values.rate, values.kill].map(
    Number,
  );
  return { carrier, workers: workers!, players: players!, rate: rate!, kill: kill! };
}
