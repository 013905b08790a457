import type { Binding, HostModule } from '@gamekeeper/core/ports';

/** Returns one store for several hosts in one process: opened by the first host, closed by `close`. */
export function sharedStore(store: HostModule): { readonly module: HostModule; close(): Promise<void> } {
  let opened: Promise<void> | undefined;
  return {
    module: {
      name: store.name,
      bindings: store.bindings.map(once),
      open: (context) => (opened ??= store.open?.(context) ?? Promise.resolve()),
    },
    close: async () => store.close?.(),
  };
}

function once(binding: Binding): Binding {
  let made: { readonly port: unknown } | undefined;
  return {
    ...binding,
    create: (...parts) => (made ??= { port: binding.create(...parts) }).port,
  };
}
