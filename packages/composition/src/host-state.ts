import { GamekeeperError } from '@gamekeeper/core';

/** A host was used in a state in which it cannot do what was asked. */
export class HostStateError extends GamekeeperError<'HOST_STATE'> {
  constructor(asked: string, state: HostState) {
    super('HOST_STATE', `The host is ${state} and cannot ${asked}; ${advice[state]}.`);
  }
}

const advice: Readonly<Record<HostState, string>> = {
  new: 'await host.start() or host.open() first',
  opening: 'await host.start() or host.open() first',
  open: 'open it once',
  attached: 'use a host that was opened with register: "all"',
  watching: 'use another host for it',
  running: 'start it once',
  stopping: 'create another host',
  stopped: 'create another host',
};

/** What a host is at. `attached` is open for reading and for single runs, without being one that keeps the jobs running. */
export type HostState =
  'new' | 'opening' | 'open' | 'attached' | 'watching' | 'running' | 'stopping' | 'stopped';
