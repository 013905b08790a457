import { expect, it } from 'vitest';
import { actionNames, visitorOf, type Access } from './access.ts';

const request = new Request('http://localhost/');
const asked = async (access: unknown) => visitorOf(() => access as Access, request);

it.each<[string, unknown, boolean, readonly string[]]>([
  ['none', 'none', false, []],
  ['read', 'read', true, []],
  ['actions', 'actions', true, actionNames],
  ['a list', ['pause', 'resume'], true, ['pause', 'resume']],
  ['an empty list', [], true, []],
  ['a promise', Promise.resolve('read'), true, []],
  ['a name', { may: ['run'], who: 'Zoë' }, true, ['run']],
])('understands %s', async (_what, access, canRead, may) => {
  const visitor = await asked(access);
  expect([visitor.canRead, [...visitor.may]]).toEqual([canRead, may]);
});

it('keeps the name', async () => {
  expect((await asked({ may: 'actions', who: 'Zoë' })).who).toBe('Zoë');
  expect((await asked('actions')).who).toContain('not named');
});

it.each([
  undefined,
  null,
  true,
  '',
  'Read',
  'admin',
  ['read'],
  ['toString'],
  {},
  { may: 'actions' },
  { may: 'actions', who: '' },
  { may: 'actions', who: 'x'.repeat(201) },
  { may: ['everything'], who: 'Zoë' },
])('opens nothing for %j', async (access) => {
  await expect(asked(access)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});
