import type { DomainEvent } from './domain-event.ts';

/**
 * Returns what an event is about: its player, else its board, else the event itself. Events of one subject are
 * delivered in order; those of different subjects may overtake each other.
 */
export function subjectOf({ key, payload }: Pick<DomainEvent, 'key' | 'payload'>): string {
  const { userId, board } = payload;
  if (typeof userId === 'string') return userId;
  return typeof board === 'string' ? board : key;
}

/** Returns the partition (from 0 to `partitions` - 1) of a subject: always the same one, in every process (FNV-1a). */
export function partitionOf(subject: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < subject.length; index += 1) {
    hash = Math.imul(hash ^ subject.charCodeAt(index), 0x01000193) >>> 0;
  }
  // The low bits of FNV-1a alone are uneven for ids that differ in their last character.
  return ((hash ^ (hash >>> 15)) >>> 0) % partitions;
}
