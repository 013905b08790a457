import type { HostColumn } from './read-table.ts';
import type {
  IdMapping,
  InstantType,
  LivesMapping,
  ProgressMapping,
  SessionsMapping,
  TableMapping,
} from './table-mappings.ts';

/** What a column must be. */
export interface ExpectedColumn {
  /** The path of the option that names it. */
  readonly option: string;
  readonly name: string;
  /** Whether the type of a column, as in DDL, is right. */
  readonly accepts: (column: Pick<HostColumn, 'type' | 'isEnum'>) => boolean;
  /** The type as text for people, and as DDL for a new column. */
  readonly type: string;
  /** What follows the type in the DDL of a new column. */
  readonly constraint?: string;
  readonly isNullable?: boolean;
  /** Whether our statements update it. */
  readonly isUpdated: boolean;
}

/** Returns the columns that a mapping of lives names. */
export function expectedLives(mapping: LivesMapping): readonly ExpectedColumn[] {
  const { columns, instants = 'timestamptz' } = mapping;
  const path = 'postgres.tables.lives';
  const at = (name: 'currentLives' | 'lastRegenAt' | 'nextRegenAt') => ({
    option: `${path}.columns.${name}`,
    name: columns[name],
  });
  return [
    expectedId(`${path}.id`, mapping.id),
    { ...at('currentLives'), ...count, constraint: 'not null default 5' },
    { ...at('lastRegenAt'), ...instant(instants), isNullable: true },
    { ...at('nextRegenAt'), ...instant(instants), isNullable: true },
    ...expectedTouches(path, mapping),
  ];
}

/** Returns the columns that a mapping of names, XP and streaks names. */
export function expectedProgress(mapping: ProgressMapping): readonly ExpectedColumn[] {
  const { columns, instants = 'timestamptz' } = mapping;
  const path = 'postgres.tables.progress';
  const at = (name: keyof ProgressMapping['columns'], kind: ColumnKind): readonly ExpectedColumn[] => {
    const column = columns[name];
    return column === undefined ? [] : [{ option: `${path}.columns.${name}`, name: column, ...kind }];
  };
  const counted = { ...count, constraint: 'not null default 0' };
  const moment = { ...instant(instants), isNullable: true };
  return [
    expectedId(`${path}.id`, mapping.id),
    ...at('username', { type: 'text', accepts: isText, constraint: "not null default ''", isUpdated: true }),
    ...at('xp', { ...counted, type: 'bigint', accepts: isOneOf(['bigint', 'integer']) }),
    ...at('currentStreak', counted),
    ...at('longestStreak', counted),
    ...at('lastQuizAt', moment),
    ...at('protections', { ...count, constraint: 'not null default 2' }),
    ...at('evaluatedOn', { type: 'date', accepts: isOneOf(['date']), isNullable: true, isUpdated: true }),
    ...at('lostStreak', { ...count, isNullable: true }),
    ...at('xpUpdatedAt', moment),
    ...expectedTouches(path, mapping),
  ];
}

/** Returns the columns that a mapping of quiz sessions names. */
export function expectedSessions(mapping: SessionsMapping): readonly ExpectedColumn[] {
  const { columns, user, instants = 'timestamptz' } = mapping;
  const path = 'postgres.tables.sessions';
  const at = (name: keyof SessionsMapping['columns']) => ({
    option: `${path}.columns.${name}`,
    name: columns[name],
  });
  const moment = { ...instant(instants), constraint: 'not null' };
  return [
    expectedId(`${path}.id`, mapping.id),
    expectedId(`${path}.user`, user),
    {
      ...at('status'),
      type: 'text',
      accepts: (column) => column.isEnum || isText(column),
      constraint: 'not null',
      isUpdated: true,
    },
    { ...at('startedAt'), ...moment, isUpdated: false },
    { ...at('expiresAt'), ...moment },
    { ...at('completedAt'), ...instant(instants), isNullable: true },
    ...expectedTouches(path, mapping),
  ];
}

type ColumnKind = Omit<ExpectedColumn, 'option' | 'name'>;

/** `integer` or `smallint`. */
const count = { type: 'integer', accepts: isOneOf(['integer', 'smallint']), isUpdated: true };

function instant(type: InstantType): Pick<ExpectedColumn, 'type' | 'accepts' | 'isUpdated'> {
  const zone = type === 'timestamptz' ? 'with' : 'without';
  // Milliseconds count: two instants 1 ms apart are two instants.
  const pattern = new RegExp(`^timestamp(\\([3-6]\\))? ${zone} time zone$`);
  return {
    type: `timestamp(3) ${zone} time zone`,
    accepts: ({ type: its }) => pattern.test(its),
    isUpdated: true,
  };
}

const idTypes = {
  uuid: isOneOf(['uuid']),
  bigint: isOneOf(['bigint', 'integer', 'smallint']),
  text: isText,
};

function expectedId(option: string, { column, type }: IdMapping): ExpectedColumn {
  return { option: `${option}.column`, name: column, type, accepts: idTypes[type], isUpdated: false };
}

function expectedTouches(path: string, mapping: TableMapping): readonly ExpectedColumn[] {
  const { touch = {}, instants = 'timestamptz' } = mapping;
  return Object.entries(touch).map(([name, kind]) => ({
    option: `${path}.touch.${name}`,
    name,
    ...(kind === 'now'
      ? // Only its meaning matters, not its milliseconds.
        { ...instant(instants), accepts: anyInstant(instants) }
      : { ...count, accepts: isOneOf(['integer', 'bigint', 'smallint']) }),
    constraint: kind === 'now' ? 'not null default now()' : 'not null default 1',
    isNullable: kind === 'now',
  }));
}

function isText({ type }: Pick<HostColumn, 'type'>): boolean {
  return /^(text|character varying.*)$/.test(type);
}

function anyInstant(type: InstantType): ExpectedColumn['accepts'] {
  const zone = type === 'timestamptz' ? 'with' : 'without';
  return ({ type: its }) => its.startsWith('timestamp') && its.endsWith(`${zone} time zone`);
}

function isOneOf(types: readonly string[]): ExpectedColumn['accepts'] {
  return ({ type }) => types.includes(type);
}
