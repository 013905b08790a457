import type { DomainEvent } from './domain-event.ts';

/**
 * Whom or what an event is about: the player, else the board, else the event alone. Events of one subject are delivered
 * in order; those of two subjects may overtake each other.
 */
export function subjectOf({ key, payload }: Pick<DomainEvent, 'key' | 'payload'>): string {
  const { userId, board } = payload;
  if (typeof userId === 'string') return userId;
  return typeof board === 'string' ? board : key;
}

/** Which of `lanes` lanes (from 0) a subject belongs to: always the same one, in every process (FNV-1a). */
export function partitionOf(subject: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < subject.length; index += 1) {
    hash = Math.imul(hash ^ subject.charCodeAt(index), 0x01000193) >>> 0;
  }
  // The low bits of FNV-1a alone are uneven for ids that differ in their last character.
  return ((hash ^ (hash >>> 15)) >>> 0) % lanes;
}
