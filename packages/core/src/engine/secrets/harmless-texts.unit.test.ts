import { describe, expect, it } from 'vitest';
import { HarmlessTexts } from './harmless-texts.ts';

describe('harmless texts', () => {
  it('are known once they were added, by their characters', () => {
    const texts = new HarmlessTexts();
    expect(texts.has('run started')).toBe(false);
    texts.add('run started');
    expect(texts.has(['run', 'started'].join(' '))).toBe(true);
    expect(texts.has('run ended')).toBe(false);
  });

  it('are kept as they are, with half a character at the end too', () => {
    const texts = new HarmlessTexts();
    texts.add('\uD83D');
    expect(texts.has('\uD83D')).toBe(true);
    expect(texts.has('\uFFFD')).toBe(false);
  });

  it('are forgotten when there are too many, and long ones are not kept', () => {
    const texts = new HarmlessTexts();
    for (let index = 0; index <= 1_000; index += 1) texts.add(`text ${index}`);
    expect(texts.has('text 0')).toBe(false);
    expect(texts.has('text 1000')).toBe(true);
    texts.add('a'.repeat(100));
    texts.add('a'.repeat(101));
    expect(texts.has('a'.repeat(100))).toBe(true);
    expect(texts.has('a'.repeat(101))).toBe(false);
  });
});
