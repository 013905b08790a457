import { silentLogger, type Clock } from '@gamekeeper/core';
import {
  provide,
  provideFallback,
  token,
  engineTokens,
  gameTokens,
  type HostModule,
} from '@gamekeeper/core/ports';
import { cronerScheduler } from '@gamekeeper/scheduler-croner';
import { MemoryRunLedger, VirtualClock, memoryAdapters } from '@gamekeeper/testkit';
import { Container } from 'inversify';
import { describe, expect, it } from 'vitest';
import { KeptLog, memoryHost, start, tracedModule } from '../test/hosts.ts';
import { createJobHost } from './create-job-host.ts';
import { WiringError, resolve, toContainerModule, wire } from './wiring.ts';

interface Mailer {
  readonly sender: string;
}
interface Greeter {
  greet(): string;
}
const mailer = token<Mailer>('Mailer');
const greeter = token<Greeter>('Greeter');

const greetings: HostModule = {
  name: 'greetings',
  bindings: [provide(greeter, [mailer], ({ sender }) => ({ greet: () => `hello from ${sender}` }))],
};
const mail: HostModule = {
  name: 'mail',
  bindings: [provide(mailer, [], () => ({ sender: 'keeper@example.org' }))],
};

describe('a host', () => {
  it('names every missing and every doubled binding in one error, before anything is opened', () => {
    const trace: string[] = [];
    const modules = [tracedModule('traced', trace), memoryAdapters(), memoryAdapters(), greetings];
    const error = refusal(() => createJobHost({ modules }));
    expect(error).toBeInstanceOf(WiringError);
    expect(error).toMatchObject({ code: 'WIRING' });
    for (const name of ['MemoryStore', 'Transactions', 'RunLedger', 'Outbox', 'LivesRepository']) {
      expect(error.message).toContain(
        `${name} is bound 2 times (by memoryAdapters and memoryAdapters); remove all but one of these bindings`,
      );
    }
    expect(error.message).toContain(
      'no module binds ScheduleParser (needed by every host), add cronerScheduler()',
    );
    expect(error.message).toContain(
      'no module binds Scheduler (needed by every host), add cronerScheduler()',
    );
    expect(error.message).toContain('no module binds Mailer (needed by greetings)');
    expect(trace).toEqual([]);
  });

  it('names the module to add for every port of the store', () => {
    const error = refusal(() => createJobHost({ modules: [cronerScheduler()] }));
    const { clock, logger, scheduleParser, scheduler, ...stored } = { ...engineTokens, ...gameTokens };
    for (const { name } of Object.values(stored)) {
      expect(error.message).toContain(
        `no module binds ${name} (needed by every host), add postgresAdapters(…)`,
      );
    }
    for (const { name } of [clock, logger, scheduleParser, scheduler]) {
      expect(error.message).not.toContain(`no module binds ${name} `);
    }
  });

  it('takes its clock and its logger from a module or from the options, but not from both', () => {
    const clock = new VirtualClock(start);
    const log = new KeptLog();
    const bound: HostModule = {
      name: 'test time',
      bindings: [provide(engineTokens.clock, [], () => clock), provide(engineTokens.logger, [], () => log)],
    };
    const modules = [memoryAdapters(), cronerScheduler(), bound];
    const { container } = createJobHost({ modules });
    expect(resolve(container, engineTokens.clock)).toBe(clock);
    resolve(container, engineTokens.logger).info('with password=s3cret');
    expect(log.lines).toMatchObject([{ severity: 'info', message: 'with password=…' }]);
    expect(refusal(() => createJobHost({ modules, clock })).message).toBe(
      'This host cannot be created: Clock is bound 2 times (by test time and the options); remove all but one of these bindings.',
    );
  });

  it('shows its container, in which everything is bound once for all', () => {
    const { host, clock } = memoryHost({ modules: [greetings, mail] });
    expect(resolve(host.container, engineTokens.clock)).toBe(clock);
    expect(resolve(host.container, engineTokens.ledger)).toBe(resolve(host.container, engineTokens.ledger));
    expect(resolve(host.container, greeter).greet()).toBe('hello from keeper@example.org');
  });
});

describe('wire', () => {
  it('puts modules together in whichever order they come', () => {
    for (const modules of [
      [mail, greetings],
      [greetings, mail],
    ]) {
      const container = wire([...modules, memoryAdapters(), cronerScheduler(), platform()]);
      expect(resolve(container, greeter).greet()).toBe('hello from keeper@example.org');
    }
  });

  it('lets a fallback yield to whoever binds the same, and stand where nobody does', () => {
    const spare: HostModule = {
      name: 'spare',
      bindings: [provideFallback(mailer, [], () => ({ sender: 'nobody' }))],
    };
    const rest = [greetings, memoryAdapters(), cronerScheduler(), platform()];
    expect(resolve(wire([spare, mail, ...rest]), mailer).sender).toBe('keeper@example.org');
    expect(resolve(wire([mail, spare, ...rest]), greeter).greet()).toBe('hello from keeper@example.org');
    expect(resolve(wire([spare, ...rest]), mailer).sender).toBe('nobody');
    expect(refusal(() => wire([spare, { ...spare, name: 'another' }, ...rest])).message).toContain(
      'Mailer is bound 2 times (by spare and another); remove all but one of these bindings',
    );
  });

  it('makes nothing before it is asked for', () => {
    const made: string[] = [];
    const eager: HostModule = {
      name: 'eager',
      bindings: [provide(mailer, [], () => ({ sender: String(made.push('mailer')) }))],
    };
    const container = wire([eager, memoryAdapters(), cronerScheduler(), platform()]);
    expect(made).toEqual([]);
    resolve(container, mailer);
    resolve(container, mailer);
    expect(made).toEqual(['mailer']);
  });
});

describe('toContainerModule', () => {
  it('loads modules into an Inversify container of the host’s own', () => {
    const clock = new VirtualClock(start);
    const container = new Container();
    container.bind<Clock>(engineTokens.clock.symbol).toConstantValue(clock);
    container.load(toContainerModule(memoryAdapters()), toContainerModule(cronerScheduler()));

    const ledger = container.get(engineTokens.ledger.symbol);
    expect(ledger).toBeInstanceOf(MemoryRunLedger);
    expect(container.get(engineTokens.ledger.symbol)).toBe(ledger);
    expect(resolve(container, engineTokens.scheduleParser).parse({ cron: '0 * * * *' }).timeZone).toBe('UTC');
  });

  it('serves a container below it, too', () => {
    const parent = new Container();
    parent.load(toContainerModule(mail));
    const child = new Container({ parent });
    child.load(toContainerModule(greetings));
    expect(resolve(child, greeter).greet()).toBe('hello from keeper@example.org');
  });
});

describe('provide', () => {
  it('does not compile with dependencies that do not fit the factory, or a factory that does not fit the token', () => {
    const fits = provide(greeter, [mailer, engineTokens.clock], ({ sender }, clock) => ({
      greet: () => `${sender} at ${clock.now()}`,
    }));
    const takes = (found: Mailer, clock: Clock): Greeter => ({
      greet: () => `${found.sender} at ${clock.now()}`,
    });
    // @ts-expect-error -- the two dependencies are swapped
    const swapped = provide(greeter, [engineTokens.clock, mailer], takes);
    // @ts-expect-error -- one dependency is missing
    const short = provide(greeter, [mailer], takes);
    // @ts-expect-error -- what the factory makes is no Mailer
    const wrong = provide(mailer, [], () => ({ greet: () => 'hello' }));
    expect([fits, swapped, short, wrong].map(({ dependencies }) => dependencies.length)).toEqual([
      2, 2, 1, 0,
    ]);
  });
});

/** What the options of a host bind. */
function platform(): HostModule {
  return {
    name: 'platform',
    bindings: [
      provide(engineTokens.clock, [], () => new VirtualClock(start)),
      provide(engineTokens.logger, [], () => silentLogger),
    ],
  };
}

function refusal(put: () => unknown): Error {
  try {
    put();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it was put together');
}
