import type {
  Claim,
  ClaimOutcome,
  Clock,
  DomainEvent,
  JobLedger,
  Outbox,
  StoredEvent,
  Transaction,
} from '@gamekeeper/core';
import { gameStore, type GameStore } from '../src/simulation/game-scenario.ts';

/** A ledger that lets every attempt commit, whoever has taken over since. */
export function withoutFence(clock: Clock): GameStore {
  const store = gameStore(clock);
  const newest = new Map<string, Claim>();
  const runOf = ({ job, tick }: Claim) => `${job} ${tick}`;
  const current = (claim: Claim): Claim => ({
    ...claim,
    fence: newest.get(runOf(claim))?.fence ?? claim.fence,
  });
  const unlessOver = async (write: Promise<void>): Promise<void> => {
    // Nobody asks whether the run is over either: there is nothing more to write in its row.
    await write.catch(() => undefined);
  };
  const ledger: JobLedger = store.ledger;
  const changed: Partial<JobLedger> = {
    claim: async (request) => {
      const outcome = await ledger.claim(request);
      if (outcome.kind === 'claimed') newest.set(runOf(outcome.claim), outcome.claim);
      return outcome;
    },
    advance: (tx, claim, progress, leaseMs) =>
      unlessOver(ledger.advance(tx, current(claim), progress, leaseMs)),
    succeed: (tx, claim, progress) => unlessOver(ledger.succeed(tx, current(claim), progress)),
  };
  return { ...store, ledger: instead(ledger, changed) };
}

/** A ledger in which a tick that has run can be run again. */
export function withoutOneRunPerTick(clock: Clock): GameStore {
  const store = gameStore(clock);
  const ledger: JobLedger = store.ledger;
  const second = new WeakSet<Claim>();
  const changed: Partial<JobLedger> = {
    claim: async (request): Promise<ClaimOutcome> => {
      const outcome = await ledger.claim(request);
      if (outcome.kind !== 'settled') return outcome;
      const claim: Claim = { ...request, fence: 1, checkpoint: null, processed: 0 };
      second.add(claim);
      return { kind: 'claimed', claim };
    },
    renew: async (claim, leaseMs) => second.has(claim) || ledger.renew(claim, leaseMs),
    advance: async (tx, claim, progress, leaseMs) =>
      second.has(claim) ? undefined : ledger.advance(tx, claim, progress, leaseMs),
    succeed: async (tx, claim, progress) =>
      second.has(claim) ? undefined : ledger.succeed(tx, claim, progress),
  };
  return { ...store, ledger: instead(ledger, changed) };
}

/** An outbox that stores a fact as often as it is told of it. */
export function withoutEventKeys(clock: Clock): GameStore {
  const store = gameStore(clock);
  const outbox: Outbox = store.outbox;
  let told = 0;
  const append = (tx: Transaction, events: readonly DomainEvent[]): Promise<number> =>
    outbox.append(
      tx,
      events.map((event) => ({ ...event, key: `${event.key}#${(told += 1)}` })),
    );
  const list: Outbox['list'] = async (page): Promise<readonly StoredEvent[]> =>
    (await outbox.list(page)).map((event) => ({ ...event, key: event.key.replace(/#\d+$/, '') }));
  return { ...store, outbox: instead(outbox, { append, list }) };
}

/** A port with some of its verbs replaced. */
function instead<Port extends object>(port: Port, changed: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
