import type { Binding, HostModule } from '@gamekeeper/core/ports';

/** One store for several hosts in one process: opened by the first, closed by `close`, and the same in all of them. */
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
