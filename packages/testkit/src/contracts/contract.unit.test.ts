import { describe, expect, it } from 'vitest';
import { contractCases, runContract, type ContractCase, type TestRunner } from './contract.ts';

const sentences = [
  { name: 'reads what it wrote', check: async () => undefined },
  { name: 'waits for the other transaction', needs: 'concurrent', check: async () => undefined },
  { name: 'forgets', needs: 'separate', check: async () => undefined },
] as const;

const create = () => ({});

describe('contractCases', () => {
  it('keeps the cases that the adapter does not support, with the reason', () => {
    const cases = contractCases({ create }, sentences);
    expect(cases.map(({ name, skip }) => ({ name, skip }))).toEqual([
      { name: 'reads what it wrote', skip: undefined },
      { name: 'waits for the other transaction', skip: 'the adapter has no concurrent transactions' },
      { name: 'forgets', skip: 'the cache is not separate from the truth' },
    ]);
  });

  it('skips no case whose capability is claimed', () => {
    const cases = contractCases({ create, supports: { concurrent: true, separate: false } }, sentences);
    expect(cases.map(({ skip }) => skip !== undefined)).toEqual([false, false, true]);
  });

  it('rejects when a case is run that is to be skipped, so that no runner counts it as passed', async () => {
    const skipped = contractCases({ create }, sentences)[1]!;
    await expect(skipped.run()).rejects.toThrow('no concurrent transactions');
  });

  it('rejects unknown capabilities', () => {
    const supports = { concurent: true } as object;
    expect(() => contractCases({ create, supports }, sentences)).toThrow(
      'Unknown option supports.concurent; known options are concurrent, separate, shared, delays, redelivers, joinsTransaction.',
    );
  });
});

describe('runContract', () => {
  it('registers supported cases as tests, and all others as skipped with the reason', async () => {
    const { tests, skipped, runner } = recorder();
    const cases = contractCases({ create, supports: { separate: true } }, sentences);
    runContract(cases, runner);
    expect(tests.map(({ name }) => name)).toEqual(['reads what it wrote', 'forgets']);
    expect(tests.map(({ run }) => run)).toEqual([cases[0]!.run, cases[2]!.run]);
    expect(skipped).toEqual([
      'waits for the other transaction (skipped: the adapter has no concurrent transactions)',
    ]);
  });
});

function recorder() {
  const tests: ContractCase[] = [];
  const skipped: string[] = [];
  const runner: TestRunner = Object.assign(
    (name: string, run: ContractCase['run']) => void tests.push({ name, run }),
    { skip: (name: string) => void skipped.push(name) },
  );
  return { tests, skipped, runner };
}
