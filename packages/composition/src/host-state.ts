import { GamekeeperError } from '@gamekeeper/core';

/** Thrown when a host cannot do what was called in its current state. */
export class HostStateError extends GamekeeperError<'HOST_STATE'> {
  constructor(asked: string, state: HostState) {
    super('HOST_STATE', `The host is ${state} and cannot ${asked}; ${advice[state]}.`);
  }
}

const advice: Readonly<Record<HostState, string>> = {
  new: 'await host.start() or host.open() first',
  opening: 'await host.start() or host.open() first',
  open: 'call open() only once',
  attached: 'use a host that was opened with register: "all"',
  watching: 'use another host',
  running: 'call start() only once',
  stopping: 'create another host',
  stopped: 'create another host',
};

/** The state of a host. `attached`: open for reading and for single runs, but it runs no jobs at their ticks. */
export type HostState =
  'new' | 'opening' | 'open' | 'attached' | 'watching' | 'running' | 'stopping' | 'stopped';
