import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the linter says about one line. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

interface Report {
  readonly number_of_files: number;
  readonly diagnostics: readonly {
    readonly filename: string;
    readonly code: string;
    readonly message: string;
    readonly labels: readonly { readonly span: { readonly line: number } }[];
  }[];
}

const linter = fileURLToPath(new URL('../node_modules/.bin/oxlint', import.meta.url));

/** Lints a folder with the configuration that lies in it. */
export async function lint(
  folder: string,
): Promise<{ readonly files: number; readonly findings: readonly Finding[] }> {
  const report = JSON.parse(await run(folder)) as Report;
  const findings = report.diagnostics.map(({ filename, code, message, labels }) => ({
    file: filename.replaceAll('\\', '/'),
    line: labels[0]?.span.line ?? 0,
    rule: code.replace(/^.*\((.*)\)$/, '$1'),
    message,
  }));
  return { files: report.number_of_files, findings };
}

function run(cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = [linter, '--format=json'];
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      // Findings end in exit code 1, a wrong configuration too; only a report tells them apart.
      if (stdout.trimStart().startsWith('{')) resolve(stdout);
      else reject(new Error(`oxlint gave no report: ${stdout}${stderr}`, { cause: error }));
    });
  });
}
