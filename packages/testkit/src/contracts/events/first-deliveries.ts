import { type DomainEvent } from '@gamekeeper/core';
import { subjectOf } from '@gamekeeper/core/engine';

/**
 * Returns the event keys of each subject in the order of their first delivery: it is the same for all listeners,
 * however often events were delivered.
 */
export function firstDeliveries(
  events: readonly Pick<DomainEvent, 'key' | 'payload'>[],
): Readonly<Record<string, readonly string[]>> {
  const subjects = [...Map.groupBy(events, subjectOf)].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    subjects.map(([subject, told]) => [subject, [...new Set(told.map(({ key }) => key))]]),
  );
}
