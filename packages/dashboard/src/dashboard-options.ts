import { InvalidOptionError } from '@gamekeeper/core';
import {
  assertKnownOptions,
  givenFunction,
  givenList,
  givenObject,
  wholeNumber,
} from '@gamekeeper/core/engine';
import type { AccessCheck } from './web/access.ts';

/** Options of {@link dashboard}. */
export interface DashboardOptions {
  /**
   * Decides for each request what its sender may do: `'none'`, `'read'`, `'actions'`, or a list of actions; with the
   * name that is stored with every action as `{ may, who }`. Default: nobody may do anything.
   */
  readonly access?: AccessCheck;
  /** The path below which the dashboard is served, such as `/internal/dashboard`. Default: none. */
  readonly basePath?: string;
  /**
   * Origins that are yours, such as `https://admin.example.org`: needed only behind a proxy that changes the `Host`
   * header, for browsers that do not say `Sec-Fetch-Site`. Default: that of the request.
   */
  readonly allowedOrigins?: readonly string[];
  /** Timeout for reading a page from the store. Milliseconds, default 10,000. */
  readonly timeoutMs?: number;
}

/** @throws {InvalidOptionError} */
export function checkedOptions(given: DashboardOptions): Required<DashboardOptions> {
  const options = givenObject(
    'options',
    given,
    'must be an object such as { access, basePath }, or be left out',
  );
  assertKnownOptions('', options, ['access', 'basePath', 'allowedOrigins', 'timeoutMs']);
  const { access = () => 'none', basePath = '', allowedOrigins = [], timeoutMs = 10_000 } = options;
  givenFunction('access', access, 'must be a function such as (request) => "read"');
  if (typeof basePath !== 'string' || !/^(\/[\w.~-]+)*$/.test(basePath)) {
    throw new InvalidOptionError(
      'basePath',
      basePath,
      'must be a path such as "/internal/dashboard", without a slash at the end',
    );
  }
  givenList('allowedOrigins', allowedOrigins, 'must be a list such as ["https://admin.example.org"]');
  for (const origin of allowedOrigins)
    if (typeof origin !== 'string' || URL.parse(origin)?.origin !== origin)
      throw new InvalidOptionError(
        'allowedOrigins',
        origin,
        'must have origins such as "https://admin.example.org", without a path',
      );
  return {
    access,
    basePath,
    allowedOrigins,
    timeoutMs: wholeNumber('timeoutMs', timeoutMs, { min: 1, max: 600_000 }),
  };
}
