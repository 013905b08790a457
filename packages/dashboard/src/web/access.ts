import { described, storableText } from '@gamekeeper/core/engine';
import { InvalidOptionError } from '@gamekeeper/core';

/** All actions of the dashboard. */
export const actionNames = ['run', 'dry-run', 'backfill', 'retry', 'pause', 'resume', 'recalculate'] as const;

/** What can be done from the dashboard. */
export type ActionName = (typeof actionNames)[number];

/**
 * What somebody may do: nothing, look at everything, or also act; a list names the only actions, and includes the right
 * to look.
 */
export type Rights = 'none' | 'read' | 'actions' | readonly ActionName[];

/** What somebody may do, and who it is: the name is stored with every action. */
export type Access =
  | Rights
  | {
      readonly may: Rights;
      /** From 1 to 200 characters. */
      readonly who: string;
    };

/** Decides what the sender of a request may do. It must not read the body. */
export type AccessCheck = (request: Request) => Access | Promise<Access>;

/** The result of an access check. */
export interface Visitor {
  readonly canRead: boolean;
  readonly may: ReadonlySet<ActionName>;
  readonly who: string;
}

const UNNAMED = 'not named by `access`';

/**
 * Returns what the sender of a request may do.
 *
 * @throws {InvalidOptionError} if the check returns anything else: a typing mistake must not open anything
 */
export async function visitorOf(check: AccessCheck, request: Request): Promise<Visitor> {
  const access: unknown = await check(request);
  const isNamed = typeof access === 'object' && access !== null && !Array.isArray(access);
  const { may, who } = isNamed ? (access as { may?: unknown; who?: unknown }) : { may: access, who: UNNAMED };
  storableText('access.who', who, 'must return a name of 1 to 200 characters', { most: 200 });
  if (may === 'none') return { canRead: false, may: new Set(), who: who as string };
  return { canRead: true, may: new Set(actionsIn(may)), who: who as string };
}

function actionsIn(may: unknown): readonly ActionName[] {
  if (may === 'read') return [];
  if (may === 'actions') return actionNames;
  if (Array.isArray(may) && may.every((name) => (actionNames as readonly unknown[]).includes(name)))
    return may as readonly ActionName[];
  throw new InvalidOptionError(
    'access',
    typeof may === 'object' ? described('something else') : may,
    `must return "none", "read", "actions", or a list of ${actionNames.join(', ')}`,
  );
}
