import { silentLogger, type LogFields, type Logger } from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { createJobHost } from '../src/create-job-host.ts';
import type { JobHostOptions, JobOverrides } from '../src/host-options.ts';
import type { JobHost } from '../src/job-host.ts';

/** A quarter of an hour before the first tick of the built-in jobs. */
export const start = '2026-11-24T11:45:00Z';

/** A host in memory, with a clock that the test holds. Modules of the test come after the adapters. */
export function memoryHost({ modules = [], ...options }: Partial<JobHostOptions> = {}): {
  readonly host: JobHost;
  readonly clock: VirtualClock;
} {
  const clock = new VirtualClock(start);
  const host = createJobHost({
    modules: [memoryAdapters(), cronerScheduler(), ...modules],
    clock,
    logger: silentLogger,
    ...options,
  });
  return { host, clock };
}

/** Settings that leave a host with nothing but jobs of its own. */
export function noBuiltInJobs(): Record<string, JobOverrides> {
  const { host } = memoryHost();
  return Object.fromEntries(host.jobs.map(({ job }) => [job.name, { enabled: false }]));
}

/** A module that writes down when it is opened and closed, and fails where it is told to. */
export function tracedModule(
  name: string,
  trace: string[],
  failures: { readonly open?: Error; readonly close?: Error } = {},
): HostModule {
  const step = (what: 'open' | 'close') => async (): Promise<void> => {
    trace.push(`${what} ${name}`);
    const failure = failures[what];
    if (failure) throw failure;
  };
  return { name, bindings: [], open: step('open'), close: step('close') };
}

/** A logger that keeps what it is told. */
export class KeptLog implements Logger {
  readonly lines: {
    readonly severity: keyof Logger;
    readonly message: string;
    readonly fields: LogFields;
  }[] = [];
  readonly debug = this.#keep('debug');
  readonly info = this.#keep('info');
  readonly warn = this.#keep('warn');
  readonly error = this.#keep('error');

  #keep(severity: keyof Logger) {
    return (message: string, fields: LogFields = {}): void => {
      this.lines.push({ severity, message, fields });
    };
  }
}
