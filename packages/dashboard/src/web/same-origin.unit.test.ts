import { expect, it } from 'vitest';
import { isFromOurPage } from './same-origin.ts';

const post = (headers: Readonly<Record<string, string>>): Request =>
  new Request('http://10.0.0.7:3000/act', { method: 'POST', headers });

it.each<[string, boolean, Readonly<Record<string, string>>]>([
  ['says that it is ours', true, { 'sec-fetch-site': 'same-origin' }],
  ['comes from another site', false, { 'sec-fetch-site': 'cross-site' }],
  ['comes from a neighbour on the same site', false, { 'sec-fetch-site': 'same-site' }],
  ['was typed in', false, { 'sec-fetch-site': 'none' }],
  [
    'says it, although the origin looks right',
    false,
    { 'sec-fetch-site': 'cross-site', origin: 'http://10.0.0.7:3000' },
  ],
  ['has our origin', true, { origin: 'http://10.0.0.7:3000' }],
  [
    'has our origin, and a proxy ended its TLS',
    true,
    { host: 'ops.example.org', origin: 'https://ops.example.org' },
  ],
  ['has another origin', false, { origin: 'http://evil.example' }],
  ['has another port', false, { origin: 'http://10.0.0.7:3001' }],
  ['has the origin of a frame without rights', false, { origin: 'null' }],
  ['has an origin that begins like ours', false, { origin: 'http://10.0.0.7:3000.evil.example' }],
  ['says nothing', false, {}],
  ['has an origin that was allowed', true, { origin: 'https://admin.example.org' }],
])('a request that %s: %s', (_what, isOurs, headers) => {
  expect(isFromOurPage(post(headers), ['https://admin.example.org'])).toBe(isOurs);
});
