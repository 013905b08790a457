import { clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { createJobHost, type JobHost } from '@gamekeeper/composition';
import { SECOND_MS, addMs, type DomainEvent, type Instant } from '@gamekeeper/core';
import { engineTokens, optionalTokens, type HostModule, type Token } from '@gamekeeper/core/ports';
import { VirtualClock } from '../time/virtual-clock.ts';
import { countedHealth, countedModules } from './counted-modules.ts';
import { PendingCalls } from './pending-calls.ts';
import { recordingBus } from './recording-bus.ts';
import { StoreClockRunsError } from './test-host-errors.ts';
import { completeOptions, type TestHostOptions } from './test-host-options.ts';
import { TestHost } from './test-host.ts';

/** When a failed delivery is due again at the latest. */
const RETRY_MS = 30 * SECOND_MS;

/**
 * Creates and starts a host on a virtual clock: in memory, or on the store of the given modules.
 *
 * So that an advance over days has few steps, health is evaluated once an hour (change that with
 * `health.watchIntervalMs` and `jobOverrides['job-health']`), and waiting events are delivered after every step instead
 * of every 500 ms. Runs never pause between batches, unless a module binds a throttle.
 *
 * @throws {InvalidOptionError} {@link InvalidInstantError} and what `createJobHost` and `host.start` throw
 * @throws {HostNotSettledError} if something that is due at once does not end; the host is stopped
 * @throws {StoreClockRunsError} if the store's clock cannot be pinned
 * @example
 * await using test = await testHost({ now: '2026-11-24T10:00:00Z' });
 * await test.host.gameplay.startQuiz({ userId: userId('ada') });
 * await test.advance({ days: 2 });
 */
export async function testHost(options: TestHostOptions = {}): Promise<TestHost> {
  const { now, start, settleTimeoutMs, modules, health, ...rest } = completeOptions(options);
  const calls = new PendingCalls();
  const events: DomainEvent[] = [];
  const settle = (): Promise<void> => (isStopping(host) ? turn() : settleHost(host, calls, settleTimeoutMs));
  const beforeMove = async (to: Instant): Promise<void> => {
    if (!isStopping(host)) await pin(host, to);
  };
  const clock = new VirtualClock(now, { settle, beforeMove });
  const retryDelivery = (): void => {
    clock.setTimer(addMs(clock.now(), RETRY_MS), () => host.pollEvents());
  };
  const counted = countedModules(modules, calls, (bus) => recordingBus(bus, events, retryDelivery));
  const host: JobHost = createJobHost({
    ...rest,
    health: countedHealth(health, calls),
    modules: [...counted, pinning(() => host, clock)],
    clock,
  });
  await (start ? host.start() : host.open());
  const stop = (): Promise<boolean> => stopHost(host, clock, settleTimeoutMs);
  await settle().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return new TestHost({ host, clock, events, settle, stop });
}

/** Lets everything end that is due now, then delivers events until none is left that can be delivered now. */
async function settleHost(host: JobHost, calls: PendingCalls, timeoutMs: number): Promise<void> {
  await calls.settled(timeoutMs);
  if (host.state !== 'running') return;
  for (let before = -1; calls.started > before + 1;) {
    before = calls.started;
    host.pollEvents();
    // One call means that the outbox was empty.
    await calls.settled(timeoutMs);
  }
}

/** Stops a host. What has not ended after some real time is cut off: time moves to the host's own deadline. */
async function stopHost(host: JobHost, clock: VirtualClock, timeoutMs: number): Promise<boolean> {
  const timeout = Promise.withResolvers<'timed out'>();
  const timer = setTimeout(() => timeout.resolve('timed out'), timeoutMs);
  const stopped = host.stop();
  const first = await Promise.race([stopped, timeout.promise]);
  clearTimeout(timer);
  if (first !== 'timed out') return first;
  while (host.state !== 'stopped') await clock.advanceBy(SECOND_MS);
  return stopped;
}

function isStopping({ state }: JobHost): boolean {
  return state === 'stopping' || state === 'stopped';
}

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** Pins the store's clock once the other modules are open, before the host uses it. */
function pinning(host: () => JobHost, clock: VirtualClock): HostModule {
  return {
    name: 'testHost',
    bindings: [],
    open: async () => {
      await pin(host(), clock.now());
      const storeNow = await bound(host(), engineTokens.storeTime)?.now();
      if (storeNow !== undefined && storeNow !== clock.now())
        throw new StoreClockRunsError(storeNow, clock.now());
    },
    close: () => pin(host(), null),
  };
}

async function pin(host: JobHost, at: Instant | null): Promise<void> {
  await bound(host, optionalTokens.pinnableTime)?.pin(at);
}

function bound<T>({ container }: JobHost, { symbol }: Token<T>): T | null {
  return container.isBound(symbol) ? container.get<T>(symbol) : null;
}
