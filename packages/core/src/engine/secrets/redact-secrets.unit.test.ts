import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactSecrets } from './redact-secrets.ts';

/**
 * Two marked halves, so that a trace of either is found, and between them what passwords have that texts use otherwise.
 * The first half may end like the name of a secret.
 */
const secretWith = (between: Arbitrary<string>): Arbitrary<Secret> =>
  fc
    .tuple(
      fc.stringMatching(/^[A-Za-z\d]{6,12}$/),
      fc.oneof(
        { weight: 4, arbitrary: fc.constant('') },
        fc.constantFrom('Pw', 'Token', 'password', 'Cookie'),
      ),
      between,
      fc.stringMatching(/^[A-Za-z\d]{6,12}$/),
    )
    .map(([left, ending, middle, right]) => {
      const halves = [`Zq7${left}${ending}`, `Xk9${right}`] as const;
      return { text: halves.join(middle), halves };
    });

interface Secret {
  readonly text: string;
  readonly halves: readonly string[];
}

const special = fc.constantFrom(
  '',
  '@',
  ':',
  '/',
  '%',
  '%40',
  '#',
  '?',
  '!',
  '$',
  '+',
  '=',
  '~',
  '^',
  '*',
  '.',
  '-',
  '_',
  '<',
  '(',
  '[',
  '{',
  '|',
);
const anything = fc.oneof(special, fc.constantFrom('"', "'", '`', '\\', '\\"', ',', ';', '&', '"\'', '@:/%'));
/** Also what only quotes can hold. */
const quotable = fc.oneof(anything, fc.constantFrom(' ', '\n', '\r\n', '\t', ' and '));

const names = fc.constantFrom(
  ...'password PASSWORD DB_PASSWORD PGPASSWORD MYSQL_PWD spring.datasource.password smtpPass pass passwd'.split(
    ' ',
  ),
  ...'passphrase newPassword password_hash client_secret clientSecret CLIENT-SECRET secret secret2'.split(
    ' ',
  ),
  ...'token access_token accessToken refresh_token idToken csrf-token X-Auth-Token _authToken AUTH_TOKEN'.split(
    ' ',
  ),
  ...'api_key apiKey x-api-key APIKEY aws_secret_access_key SecretAccessKey AccountKey private_key'.split(
    ' ',
  ),
  ...'Cookie Set-Cookie Authorization proxy-authorization requirepass credentials jwt ENCRYPTION_KEY'.split(
    ' ',
  ),
  'API key',
);
const separators = fc.constantFrom('=', ': ', ':', ' = ', ' : ', '=>', ' => ', ':=', '%3D');
const before = fc.constantFrom(
  '',
  ' ',
  'failed: ',
  'cannot connect (',
  '{ host: "db", ',
  'host=db ',
  'line one\n',
  '?',
  'x&',
  '\n\t',
  'https://db.example.org/a?b=c&',
  '--',
);
const after = fc.constantFrom(
  '',
  ' ',
  ' failed',
  '\nat db:5432',
  ' dbname=game',
  ' and so on, with "quotes" and \'more\'',
  ') is wrong',
  '\r\n',
);

/** Every form in which a secret is given a name. */
const named: Arbitrary<readonly [string, Secret]> = fc.oneof(
  fc
    .tuple(names, separators, secretWith(anything))
    .map(([name, separator, secret]) => [`${name}${separator}${secret.text}`, secret] as const),
  fc
    .tuple(names, separators, fc.constantFrom('"', "'", '`'), secretWith(quotable))
    .filter(([, , quote, { text }]) => !text.includes(quote) || !/["'`] ?[\s,;&)\]}>|\\"'`]/.test(text))
    .map(
      ([name, separator, quote, secret]) =>
        [`${name}${separator}${quote}${secret.text}${quote}`, secret] as const,
    ),
  // JSON, in JSON, in JSON.
  fc
    .tuple(names, secretWith(quotable), fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 2))
    .map(([name, secret, depth, indent]) => {
      let text = JSON.stringify({ host: 'db', [name]: secret.text, port: 5432 }, null, indent);
      for (let level = 0; level < depth; level += 1) text = JSON.stringify({ body: text, at: 'db' });
      return [text, { ...secret, halves: secret.halves }] as const;
    }),
  fc
    .tuple(
      fc.constantFrom(
        'Bearer',
        'Basic',
        'bearer',
        'token',
        'Digest username="game",',
        'AWS4-HMAC-SHA256 Credential=a/b,',
      ),
      secretWith(special),
    )
    .map(([scheme, secret]) => [`Authorization: ${scheme} ${secret.text}`, secret] as const),
  fc
    .tuple(fc.constantFrom('Cookie', 'Set-Cookie', 'cookie'), secretWith(special))
    .map(([name, secret]) => [`${name}: theme=dark; sid=${secret.text}; Path=/`, secret] as const),
  fc
    .tuple(fc.constantFrom('--password', '--client-secret', '--token'), secretWith(special))
    .map(([option, secret]) => [`psql ${option} ${secret.text} -h db`, secret] as const),
  fc
    .tuple(fc.constantFrom("password '", "PASSWORD '", "IDENTIFIED BY '"), secretWith(special))
    .map(([words, secret]) => [`create role game ${words}${secret.text}'`, secret] as const),
  fc
    .tuple(
      fc.constantFrom('password', 'client_secret', 'wsse:Password'),
      secretWith(special.filter((one) => one !== '<')),
    )
    .map(([name, secret]) => [`<a><${name} type="x">${secret.text}</${name}></a>`, secret] as const),
  secretWith(special).map(
    (secret) => [`Key (user_id, api_token)=(7, ${secret.text}) already exists.`, secret] as const,
  ),
  secretWith(special).map((secret) => [`{ tokens: [ '${secret.text}', 'b' ], n: 1 }`, secret] as const),
  secretWith(special).map((secret) => [`password: |\n  ${secret.text}\nhost: db`, secret] as const),
);

/** URLs and logins. What a login has in it that URLs have to escape is often not escaped. */
const located: Arbitrary<readonly [string, Secret]> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        'postgres',
        'postgresql',
        'redis',
        'rediss',
        'amqp',
        'mongodb+srv',
        'smtps',
        'https',
        'jdbc:mysql',
        'ftp',
      ),
      fc.constantFrom('game', '', 'us.er+1'),
      secretWith(fc.oneof(special, fc.constantFrom('"', "'", '@', '@@', ':/@'))),
    )
    .map(
      ([scheme, user, secret]) =>
        [`${scheme}://${user}:${secret.text}@db.example.org:5432/game`, secret] as const,
    ),
  secretWith(special.filter((one) => !'/?#'.includes(one) || one === '')).map(
    (secret) => [`https://${secret.text}@github.com/game.git`, secret] as const,
  ),
  secretWith(fc.oneof(special, fc.constantFrom('"', "'"))).map(
    (secret) => [`game:${secret.text}@db.example.org:5432`, secret] as const,
  ),
  fc
    .tuple(
      fc.constantFrom('api_key', 'access_token', 'key', 'sig', 'X-Amz-Signature', 'code'),
      secretWith(fc.constantFrom('', '.', '-', '%2F', '+')),
    )
    .map(
      ([name, secret]) =>
        [`GET https://api.example.org/v1/users?page=2&${name}=${secret.text}&x=1: 401`, secret] as const,
    ),
  secretWith(fc.constantFrom('/', '-', '')).map(
    (secret) => [`POST https://hooks.slack.com/services/T0/B1/${secret.text}: 404`, secret] as const,
  ),
  secretWith(fc.constantFrom('/', '-', '')).map(
    (secret) => [`https://discord.com/api/webhooks/123/${secret.text}`, secret] as const,
  ),
  secretWith(fc.constantFrom('/', '-', '')).map(
    (secret) => [`hooks.slack.com/services/T0/${secret.text}`, secret] as const,
  ),
  secretWith(fc.constantFrom('')).map(
    (secret) => [`https://api.telegram.org/bot123:${secret.text}/send`, secret] as const,
  ),
);

const long = (alphabet: RegExp): Arbitrary<string> => fc.stringMatching(alphabet);
/** Keys that are known by their look: each is its own only half. */
const shaped: Arbitrary<readonly [string, Secret]> = fc
  .oneof(
    fc
      .tuple(long(/^[A-Za-z\d_-]{12,40}$/), long(/^[A-Za-z\d_-]{12,40}$/), long(/^[A-Za-z\d_-]{20,43}$/))
      .map(([a, b, c]) => `eyJ${a}.eyJ${b}.${c}`),
    long(/^[A-Za-z\d]{36}$/).map((rest) => `ghp_${rest}`),
    long(/^[A-Za-z\d]{24}$/).map((rest) => `sk_live_${rest}`),
    long(/^[A-Z\d]{16}$/).map((rest) => `AKIA${rest}`),
    long(/^\d{11}-\d{11}-[A-Za-z\d]{24}$/).map((rest) => `xoxb-${rest}`),
    long(/^[A-Za-z\d_-]{35}$/).map((rest) => `AIza${rest}`),
    long(/^[A-Za-z\d]{36}$/).map((rest) => `npm_${rest}`),
    long(/^[A-Za-z\d]{40}$/).map((rest) => `Bearer 7${rest}`),
    long(/^[A-Za-z\d+/]{39}=$/).map((rest) => `Basic 7${rest}`),
    fc
      .tuple(
        fc.constantFrom('', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '),
        long(/^[A-Za-z\d+/]{64}$/),
        fc.constantFrom('\n', '\\n', '\r\n'),
        fc.boolean(),
      )
      .map(
        ([kind, body, line, closed]) =>
          `-----BEGIN ${kind}PRIVATE KEY-----${line}${body}${line}${body}${closed ? `${line}-----END ${kind}PRIVATE KEY-----` : ''}`,
      ),
  )
  .map(
    (text) => [text, { text, halves: [text.replace(/^-----BEGIN[^-]*-----\W*/, '').slice(10, 24)] }] as const,
  );

describe('a text without its secrets', () => {
  it.each([
    ['connect postgres://game:s3cret@db:5432/game failed', 'connect postgres://…@db:5432/game failed'],
    ['postgres://game:p@ss:w/o"rd%21@db.example.org:5432/game', 'postgres://…@db.example.org:5432/game'],
    ['GET https://hooks.example.org/T0/B1/s3cret: 404', 'GET https://hooks.example.org/…: 404'],
    ['no connection ("rediss://:a)b"c@cache") left', 'no connection ("rediss://…@cache") left'],
    ['host=db user=game password=s3cret dbname=game', 'host=db user=game password=… dbname=game'],
    [
      'Server=db;User Id=game;Password=s3cret;Database=game',
      'Server=db;User Id=game;Password=…;Database=game',
    ],
    ['Authorization: Bearer s3cret', 'Authorization: …'],
    ['Cookie: sid=s3cret; theme=dark\nHost: db', 'Cookie: …\nHost: db'],
    ['{"token": "s3cret", "job": "sweep"}', '{"token": "…", "job": "sweep"}'],
    ['"{\\"password\\":\\"s3\\\\\\"cret\\",\\"job\\":1}"', '"{\\"password\\":\\"…\\",\\"job\\":1}"'],
    ['{"msg":"password=s3cret","job":"sweep"}', '{"msg":"password=…","job":"sweep"}'],
    ['api_key=s3cret;x=1', 'api_key=…;x=1'],
    ['PGPASSWORD=s3cret psql -h db', 'PGPASSWORD=… psql -h db'],
    ["ALTER ROLE game PASSWORD 's3''cret' LOGIN", "ALTER ROLE game PASSWORD '…' LOGIN"],
    [
      'https://s3.example.org/b?X-Amz-Credential=AKI7&X-Amz-Signature=b7&x=1',
      'https://s3.example.org/b?X-Amz-Credential=…&X-Amz-Signature=…&x=1',
    ],
    ['access key AKIAIOSFODNN7EXAMPLE is revoked', 'access key … is revoked'],
    ['login game:s3cret@db:5432 refused', 'login …@db:5432 refused'],
    ['login game:myPw=s3cret@db:5432 refused', 'login … refused'],
    ['failed:password=s3cret', 'failed:password=…'],
  ])('of %j is %j', (text, shown) => {
    expect(redactSecrets(text)).toBe(shown);
  });

  it.each([
    'password authentication failed for user "game"',
    'no password supplied for user "game"',
    'token expired',
    'invalid token: expired',
    'Unexpected token < in JSON at position 0',
    'Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON',
    'the secretary of state: Bob',
    'relation "gamekeeper.job_runs" does not exist',
    'duplicate key value violates unique constraint "job_runs_pkey"',
    'Key (job, tick)=(sweep, 2026-11-24 10:00:00+00) already exists.',
    'Key (event_key)=(StreakBroken:2026-11-24:user-7) already exists.',
    'SQLSTATE 23505: column "password" of relation "users" does not exist',
    'connect ECONNREFUSED 127.0.0.1:5432',
    'getaddrinfo ENOTFOUND db.example.org',
    'the server answered 429',
    'GET https://api.example.org/v1/users/7?page=2&sort=name#top: 503',
    'GET https://api.example.org:8443/users/9f1c2b3a-0000-4000-8000-000000000000: 503',
    'postgres://db.example.org:5432/game is away',
    'life-regeneration is late: last success 2026-11-24T10:00:00.000Z, 36 min ago',
    'The job sweep took longer than timeoutMs 600000 ms',
    'at run (file:///app/node_modules/.pnpm/@mikro-orm+core@7.0.0/dist/index.js:10:5)',
    'tokens: 512, maxTokens=1024, token_type=bearer, tokenCount: 7',
    'mail to bob@example.org was refused: 550 <bob@example.org> unknown; contact:ops@example.org',
    'Basic authentication is required',
    'Bearer certificates are not supported',
    'WWW-Authenticate: Bearer realm="api", error="invalid_token"',
    'sessionId=abc123 userId=user-7 owner=host-1:4711:9f1c2b3a idempotency_key=spend-7',
    'PWD=/srv/game OLDPWD=/srv',
    'sort key: score, primary key: user_id, public_key=abc',
    'select * from users where password = $1 and token = ?',
    'select secret::text from x',
    'the password is wrong',
    'bypass=1 compass: north',
    'passed 12 of 13, pass rate 92 %',
  ])('leaves %j as it is', (text) => {
    expect(redactSecrets(text)).toBe(text);
  });

  it.each([
    ['under a name', named],
    ['in an address', located],
    ['of a known look', shaped],
  ])('has no trace of a secret %s, whatever stands around it', (_, forms) => {
    fc.assert(
      fc.property(before, forms, after, (left, [text, { halves }], right) => {
        const shown = redactSecrets(left + text + right);
        for (const half of halves) expect(shown).not.toContain(half);
      }),
      { numRuns: 2_000 },
    );
  });

  it('has no trace of several secrets one after the other, and is the same when it is masked again', () => {
    const forms = fc.oneof(named, located, shaped);
    fc.assert(
      fc.property(fc.array(fc.tuple(before, forms), { minLength: 1, maxLength: 5 }), (all) => {
        const shown = redactSecrets(all.map(([left, [text]]) => left + text).join('\n'));
        for (const [, [, { halves }]] of all) for (const half of halves) expect(shown).not.toContain(half);
        expect(redactSecrets(shown)).toBe(shown);
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves words without a sign of a secret as they are', () => {
    const word = fc.constantFrom(
      'the',
      'token',
      'password',
      'job',
      'sweep',
      'failed',
      '42',
      'user-7',
      'secretary',
      'cookies',
      '"game"',
      '(23505)',
      'https://db.example.org/x',
      'db:5432',
      '2026-11-24T10:00:00.000Z',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 12 }), (words) => {
        // Quotes after "password" are SQL's.
        fc.pre(!/password "/.test(words.join(' ')));
        expect(redactSecrets(words.join(' '))).toBe(words.join(' '));
      }),
    );
  });

  it('takes linear time over what is most awkward, and over a megabyte of all of it', () => {
    const parts = [
      'a',
      ' ',
      '=',
      ':',
      '@',
      '://',
      'password=',
      'password="',
      'password=\\"',
      'token: ',
      '{"secret":[',
      'cookie: a ',
      'http://a',
      'a:b@',
      ',"',
      ',a',
      '"',
      '\\',
      '\\"',
      '(',
      'key)=(',
      '<password>',
      '<a ',
      '--',
      '--token ',
      'eyJaaaaaaaa',
      'eyJa-',
      'eyJaaaaaaaa.',
      'Bearer a',
      'Bearer ',
      '-----BEGIN PRIVATE KEY-----',
      'SG.aaaaaaaaaaaaaaaaaaaa',
      '&a=',
      ';',
      '\n',
      ' \n',
      'password:\n ',
      '%3d',
      '[',
      '{a:',
    ];
    const texts = [...parts.map((part) => part.repeat(250_000 / part.length)), parts.join(' ').repeat(4_000)];
    const slow = texts.filter((text) => {
      const began = performance.now();
      redactSecrets(text);
      return performance.now() - began > 3_000;
    });
    expect(slow.map((text) => text.slice(0, 30))).toEqual([]);
  });
});
