/** Rows of text as aligned columns: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)))
      .join('   ');
  return rows.map((row) => `  ${line(row)}\n`).join('');
}

/** A whole number as people write it: `1,000,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says whether a value that should be small is at most its goal. */
export function goal(name: string, value: number, most: number): void {
  print(`  Goal, ${name}: ${value <= most ? 'met' : 'MISSED'} (${value.toFixed(2)})`);
}
