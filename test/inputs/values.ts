/** The instant of the tests' clocks. */
export const now = Date.parse('2026-11-24T10:00:00Z');
const HOUR_MS = 3_600_000;

/** What no argument of any call can be. */
const nonsense = {
  null: null,
  true: true,
  NaN: Number.NaN,
  Infinity: Infinity,
  '-Infinity': -Infinity,
  'a symbol': Symbol('junk'),
  'a function': () => 7,
  'a bigint': 7n,
  'a list': [],
  'an object without a prototype': Object.create(null) as unknown,
  'an invalid date': new Date(Number.NaN),
  'an object that throws': {
    get [Symbol.toStringTag]() {
      throw new Error('read');
    },
    toJSON() {
      throw new Error('written');
    },
  },
};
const empty = { 'no text': '' };
const missing = { undefined: undefined };
const numbers = { '-1': -1, '0.5': 0.5, '2^53': 2 ** 53, '1e30': 1e30 };
const dates = { 'a date': new Date(now) };
const objects = { 'an empty object': {} };
const badText = {
  ...empty,
  'a NUL': 'a\0b',
  'half a surrogate pair': 'a\ud800',
  'very long text': 'x'.repeat(2_000_000),
};
const badId = { ...nonsense, ...numbers, ...dates, ...objects, ...badText, '256 bytes': 'é'.repeat(128) };
const badCount = { ...nonsense, ...numbers, ...dates, ...objects, ...empty, '"5"': '5' };
const { '-1': _isNegative, ...badAmount } = badCount;
const badInstant = {
  ...nonsense,
  ...objects,
  ...badText,
  'after the last instant': 8.64e15 + 1,
  'text without a zone': '2026-11-24T10:00:00',
};
const { 'an object without a prototype': _isEmpty, ...noOptions } = nonsense;
const badOptions = { ...noOptions, ...numbers, ...dates, ...badText, 'an unknown name': { unknown: 1 } };
const { null: _isNull, ...badInstantOrNull } = badInstant;
const { null: _isNone, ...badOptionsOrNull } = badOptions;
const badPayload = { ...nonsense, ...numbers, ...dates, ...objects, ...badText };
const { 'a list': _isList, ...badList } = badPayload;
const badKey = { ...badPayload, 'an unknown key': 'nothing' };
const future = { 'an hour ahead': now + HOUR_MS };

/** An empty list is a source without players; text would be one of characters. */
const { 'a list': _isEmptyList, ...badSource } = badPayload;

/** Values that a place of one kind must refuse. */
const { 'a function': _isFunction, ...noFunction } = {
  ...nonsense,
  ...numbers,
  ...dates,
  ...objects,
  ...badText,
};
const {
  'an object without a prototype': _isBare,
  'an object that throws': _isThrowing,
  'an empty object': _isEmptyObject,
  ...noObject
} = noFunction;
/** Refused in place of something with methods: objects without them, too. */
const badOwn = { ...noFunction, ...objects };
const { 'no text': _isShort, ...badOptionalText } = badPayload;

export const kinds = {
  id: { ...badId, ...missing },
  'optional id': badId,
  name: { ...badId, '256 bytes': 'x'.repeat(201) },
  count: { ...badCount, ...missing },
  'optional count': badCount,
  amount: { ...badAmount, ...missing },
  flag: { ...badPayload, true: 'true' },
  instant: { ...badInstant, ...missing },
  'optional instant': badInstant,
  'optional past instant': { ...badInstant, ...future },
  'past instant': { ...badInstant, ...future, ...missing },
  payload: { ...badPayload, ...missing },
  'optional payload': badPayload,
  list: { ...badList, ...missing },
  source: { ...badSource, ...missing },
  'optional list': badList,
  options: badOptions,
  tx: badPayload,
  function: { ...noFunction, ...missing },
  'optional function': noFunction,
  own: { ...badOwn, ...missing },
  'optional own': badOwn,
  rate: { ...badCount, ...missing },
  'optional rate': { ...nonsense, ...dates, ...objects, ...badText, '"5"': '5' },
  'optional text': badOptionalText,
  'unknown name': { anything: true },
  'options of any name': noObject,
  'options or null': badOptionsOrNull,
  'any text': { ...nonsense, ...numbers, ...dates, ...objects, ...missing },
  'instant or null': badInstantOrNull,
  'number of an instant': { ...nonsense, ...objects, ...badText, ...missing },
  key: { ...badKey, ...missing },
  'optional key': badKey,
  // Any that a ledger may hold, also one that this host does not have.
  'name of a job': { ...badPayload, ...missing },
} satisfies Record<string, Record<string, unknown>>;
