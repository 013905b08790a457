import { expect, it } from 'vitest';
import { engineTokens, hostTokens, optionalTokens } from '../../engine/wiring/engine-tokens.ts';
import { gameTokens, optionalGameTokens } from './game-tokens.ts';

it('every port has a name of its own', () => {
  const tokens = { ...engineTokens, ...gameTokens, ...optionalGameTokens, ...optionalTokens, ...hostTokens };
  const names = Object.values(tokens).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
