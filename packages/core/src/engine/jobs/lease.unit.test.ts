import { VirtualClock } from '@gamekeeper/testkit';
import { describe, expect, it } from 'vitest';
import { addMs, instant } from '../time/instant.ts';
import { Lease } from './lease.ts';
import type { Claim, LeaseLostError, RunLedger } from './run-ledger.ts';

const start = instant('2026-11-24T00:00:00Z');
const claim: Claim = {
  job: 'sweep',
  tick: start,
  fence: 2,
  instanceId: 'one',
  checkpoint: null,
  processed: 0,
};

/** A lease whose ledger gives the answers of the test, one after the other, and `true` from then on. */
function world(leaseMs: number, answers: (boolean | Error | Promise<boolean>)[] = []) {
  const clock = new VirtualClock(start);
  const renewedAt: number[] = [];
  const lost: LeaseLostError[] = [];
  const ledger: Pick<RunLedger, 'renew'> = {
    renew: async (renewed, ms) => {
      expect([renewed, ms]).toEqual([claim, leaseMs]);
      renewedAt.push(clock.now() - start);
      const answer = answers.shift() ?? true;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const onLost = (error: LeaseLostError): void => void lost.push(error);
  const lease = new Lease({ ledger, clock, claim, leaseMs, onLost });
  return { clock, lease, renewedAt, lost };
}

describe('a lease', () => {
  it('is renewed three times before it would end', async () => {
    const { clock, renewedAt } = world(15_000);
    await clock.advanceBy(15_000);
    expect(renewedAt).toEqual([5_000, 10_000, 15_000]);
    const odd = world(1_000);
    await odd.clock.advanceBy(1_000);
    expect(odd.renewedAt).toEqual([333, 666, 999]);
  });

  it('is renewed at most once a millisecond, however short it is', async () => {
    const { clock, renewedAt } = world(2);
    await clock.advanceBy(3);
    expect(renewedAt).toEqual([1, 2, 3]);
  });

  it('is lost once another attempt has it: that is said once, and nothing is renewed any more', async () => {
    const { clock, renewedAt, lost } = world(15_000, [true, false]);
    await clock.advanceBy(60_000);
    expect(renewedAt).toEqual([5_000, 10_000]);
    expect(lost).toMatchObject([{ code: 'LEASE_LOST' }]);
    expect(lost[0]!.message).toMatch(/^Attempt 2 of sweep at 2026-11-24T00:00:00.000Z lost its lease/);
    expect(clock.timers).toBe(0);
  });

  it('is not lost while the ledger cannot be asked', async () => {
    const { clock, renewedAt, lost } = world(15_000, [new Error('gone'), new Error('gone')]);
    await clock.advanceBy(15_000);
    expect([renewedAt, lost]).toEqual([[5_000, 10_000, 15_000], []]);
  });

  it('ends with its attempt: no timer is left, and an answer that is still to come changes nothing', async () => {
    const late = Promise.withResolvers<boolean>();
    const { clock, lease, renewedAt, lost } = world(15_000, [true, late.promise]);
    await clock.advanceTo(addMs(start, 10_000));
    lease.stop();
    late.resolve(false);
    await clock.advanceBy(60_000);
    expect([renewedAt, lost, clock.timers]).toEqual([[5_000, 10_000], [], 0]);
    const idle = world(15_000);
    idle.lease.stop();
    expect(idle.clock.timers).toBe(0);
  });
});
