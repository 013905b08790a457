import type { Batch, BatchProgress, Json, JobOptions } from '@gamekeeper/core';
import { givenObject } from '@gamekeeper/core/engine';
import { markKind, markMethod, type MarkKind } from './marked-methods.ts';

/** The options of {@link GameJob}: those of `defineJob`, with the decorated method as `batch`. */
export interface GameJobOptions extends Omit<JobOptions, 'batch' | 'items' | 'isIdle'> {
  /** The name of the provider's method that returns the items of the next batch, as `items` of `defineJob`. */
  readonly items?: string;
  /** The name of the provider's method that returns whether a tick has no work, as `isIdle` of `defineJob`. */
  readonly isIdle?: string;
}

export const gameJobs: MarkKind<GameJobOptions> = markKind('@GameJob');

/**
 * Makes a provider's method a job of the host: the method is its `batch`, with the provider as `this`. The provider
 * must be a singleton that Nest creates from its class. Wrong options are refused when the application starts, by the
 * names of class and method.
 *
 * @example
 * class Digests {
 *   @GameJob({ name: 'daily-digest', schedule: { cron: '0 7 * * *', timeZone: 'Europe/Berlin' } })
 *   async send({ tx, asOf }: Batch): Promise<BatchProgress> {
 *     return { processed: await this.queue(tx, asOf), next: null };
 *   }
 * }
 *
 * @throws {InvalidOptionError} if it is not on a method
 */
export function GameJob(options: GameJobOptions): GameJobDecorator {
  givenObject('@GameJob', options, 'must be an object with name and schedule');
  return (target, method, descriptor) => markMethod(gameJobs, options, target, method, descriptor);
}

/** Decorates a method that is the batch of a job. */
export type GameJobDecorator = <
  Checkpoint extends Json,
  Method extends (batch: Batch<Checkpoint>) => Promise<BatchProgress<Checkpoint>>,
>(
  target: object,
  method: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;
