import { StoreUnavailableError } from '../src/engine/transactions/transactions.ts';

/** A port whose calls fail while what is behind it is away. */
export function unreachable<Port extends object>(port: Port, away: () => boolean, name = 'the store'): Port {
  return new Proxy(port, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        if (away()) throw new StoreUnavailableError(name, new Error('gone'));
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
}
