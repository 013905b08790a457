import { isGamekeeperError } from '@gamekeeper/core';
import { kinds } from './values.ts';

/** A call: arguments that it takes, and what kind of value stands at which of their places. */
export interface Row {
  readonly takes: readonly unknown[];
  readonly places?: Readonly<Record<string, keyof typeof kinds>>;
  /** Whether the valid arguments cannot be tried here. */
  readonly refusalsOnly?: boolean;
}

/** The arguments of a row with another value at one place, such as `0.userId`. */
function argumentsWith(row: Row, place: string, value: unknown): unknown[] {
  const [index, property] = place.split('.');
  return row.takes.map((argument, at) => {
    if (String(at) !== index) return argument;
    return property === undefined ? value : { ...(argument as object), [property]: value };
  });
}

const REFUSALS = [
  'INVALID_SCHEDULE',
  'INVALID_OPTION',
  'INVALID_INSTANT',
  'UNKNOWN_JOB',
  'UNKNOWN_BOARD',
  'NOT_A_TICK',
  'FUTURE_TICK',
  'FOREIGN_TRANSACTION',
];

/** What a call came to that should be refused; `null` where it was, by name. */
async function complaint(
  call: () => unknown,
  { returns }: { readonly returns: 'promises' | 'anything' },
): Promise<string | null> {
  let promise: unknown;
  try {
    promise = call();
  } catch (error) {
    if (returns === 'promises') return `threw before it returned a promise: ${String(error)}`;
    return complaintAbout(error);
  }
  try {
    await promise;
    return 'was taken';
  } catch (error) {
    return complaintAbout(error);
  }
}

function complaintAbout(error: unknown): string | null {
  if (!isGamekeeperError(error) || !REFUSALS.includes(error.code)) return `failed: ${String(error)}`;
  return error.message.length < 1_000 ? null : `said ${error.message.length} characters`;
}

/**
 * Calls each function of a table with every value that one of its places must refuse.
 *
 * @returns what was not refused by name, and how many calls there were
 */
export async function complaintsOf(
  table: Readonly<Record<string, Row>>,
  functionOf: (name: string) => (...given: unknown[]) => unknown,
  options: { readonly returns: 'promises' | 'anything' },
): Promise<{ readonly complaints: readonly string[]; readonly calls: number }> {
  const complaints: string[] = [];
  let calls = 0;
  for (const [name, row] of Object.entries(table)) {
    const called = functionOf(name);
    for (const [place, kind] of Object.entries(row.places ?? {})) {
      for (const [label, value] of Object.entries<unknown>(kinds[kind])) {
        calls += 1;
        const said = await complaint(() => called(...argumentsWith(row, place, value)), options);
        if (said !== null) complaints.push(`${name} with ${label} at ${place} ${said}`);
      }
    }
  }
  return { complaints, calls };
}
