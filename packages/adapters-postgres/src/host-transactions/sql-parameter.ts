import type { SqlParameter } from './sql-executor.ts';

/**
 * Returns a parameter in a form that no library changes: arrays as PostgreSQL's text for them, since some libraries
 * expand arrays or write them as JSON.
 */
export function sqlParameter(value: unknown): SqlParameter {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return arrayText(value);
  throw new TypeError(`a parameter of a statement is ${typeof value}; this is a fault of Gamekeeper`);
}

function arrayText(items: readonly unknown[]): string {
  return `{${items.map((item) => (Array.isArray(item) ? arrayText(item) : itemText(sqlParameter(item)))).join(',')}}`;
}

function itemText(item: SqlParameter): string {
  return item === null ? 'null' : `"${String(item).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
