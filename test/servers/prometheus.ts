import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningServer } from './find-server.ts';
import { folderWith } from './installed.ts';
import { freePort, startProcess } from './started-process.ts';

/** Where the programs of Debian's package `prometheus` are; `null` where it is not installed. */
export const prometheusFolder: string | null = folderWith(['prometheus', 'promtool']);

/** One series that a query found, with its newest value. */
export interface FoundSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** An alert rule as Prometheus has read it. */
export interface LoadedRule {
  readonly name: string;
  readonly query: string;
  /** `ok` once it was evaluated. */
  readonly health: string;
  readonly lastError?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A Prometheus of a test's own. */
export interface PrometheusServer extends RunningServer {
  /** The value of an expression now. Throws what Prometheus has against it. */
  readonly query: (expression: string) => Promise<readonly FoundSeries[]>;
  /** The alert rules that it has loaded. */
  readonly rules: () => Promise<readonly LoadedRule[]>;
  /** The same, once it has found something. */
  readonly find: (expression: string) => Promise<readonly FoundSeries[]>;
}

const FIND_WITHIN_MS = 15_000;

/** Starts one that scrapes addresses such as `127.0.0.1:9464` twice a second, as the job `backend`. */
export async function startPrometheus(
  targets: readonly string[],
  ruleFiles: readonly string[] = [],
): Promise<PrometheusServer> {
  if (prometheusFolder === null) throw new Error('install prometheus: there is no program of that name');
  const folder = await mkdtemp(join(tmpdir(), 'gamekeeper-prometheus-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const config = {
      global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '500ms' },
      rule_files: ruleFiles,
      scrape_configs: [{ job_name: 'backend', static_configs: [{ targets }] }],
    };
    // JSON is YAML, too.
    await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const args = [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const stop = await startProcess({ file: join(prometheusFolder, 'prometheus'), args, folder }, () =>
      probe(url),
    );
    const query = (expression: string): Promise<readonly FoundSeries[]> => ask(url, expression);
    return {
      url,
      query,
      rules: () => loadedRules(url),
      find: (expression) => found(query, expression),
      stop: () => stop().then(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function probe(url: string): Promise<void> {
  const { status } = await fetch(`${url}/-/ready`);
  if (status !== 200) throw new Error(`it is not ready: ${status}`);
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data?: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}

async function ask(url: string, expression: string): Promise<readonly FoundSeries[]> {
  const response = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  });
  const { error, data } = (await response.json()) as QueryAnswer;
  if (!data) throw new Error(`Prometheus cannot carry out ${expression}: ${error}`);
  return data.result.map(({ metric, value: [, value] }) => ({ metric, value: Number(value) }));
}

async function loadedRules(url: string): Promise<readonly LoadedRule[]> {
  const response = await fetch(`${url}/api/v1/rules`);
  const { data } = (await response.json()) as {
    readonly data: { readonly groups: readonly { readonly rules: readonly LoadedRule[] }[] };
  };
  return data.groups.flatMap(({ rules }) => rules);
}

async function found(
  query: (expression: string) => Promise<readonly FoundSeries[]>,
  expression: string,
): Promise<readonly FoundSeries[]> {
  for (const giveUpAt = performance.now() + FIND_WITHIN_MS; ; await sleep(100)) {
    const series = await query(expression);
    if (series.length > 0) return series;
    if (performance.now() > giveUpAt) throw new Error(`Prometheus finds nothing for ${expression}`);
  }
}
