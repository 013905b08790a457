import { healthHandler, type HealthHandler, type HealthSource } from '@gamekeeper/http';

/** What an indicator of `@nestjs/terminus` returns: the status by key, with details. */
export type GamekeeperHealthResult<Key extends string> = Record<
  Key,
  { readonly status: 'up' | 'down' } & Readonly<Record<string, unknown>>
>;

/**
 * The health of the host for `@nestjs/terminus`: `down` if a job or a check is unhealthy, or if the health cannot be
 * read within three seconds. The details are those of `/healthz`, with their `status` as `health`.
 *
 * @example
 * this.terminus.check([() => this.gamekeeper.isHealthy('gamekeeper')]);
 */
export class GamekeeperHealthIndicator {
  readonly #handle: HealthHandler;

  constructor(host: HealthSource) {
    this.#handle = healthHandler(host);
  }

  /** Returns the health under a key of your choice. Does not throw if the host is unhealthy. */
  async isHealthy<const Key extends string>(key: Key): Promise<GamekeeperHealthResult<Key>> {
    const response = await this.#handle(new Request('http://localhost/healthz'));
    const { status: health, ...details } = (await response.json()) as Readonly<Record<string, unknown>>;
    const result = { ...details, health, status: response.ok ? ('up' as const) : ('down' as const) };
    return { [key]: result } as Record<Key, typeof result>;
  }
}
