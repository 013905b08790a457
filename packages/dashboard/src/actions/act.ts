import { InvalidOptionError, type Logger } from '@gamekeeper/core';
import { errorText } from '@gamekeeper/core/engine';
import { engineTokens } from '@gamekeeper/core/ports';
import { randomUUID } from 'node:crypto';
import type { RoomContext } from '../room.ts';
import { forbiddenPage, type ErrorPage } from '../web/error-pages.ts';
import { readForm } from '../web/form.ts';
import type { Page } from '../html/layout.ts';
import { Parameters } from '../web/parameters.ts';
import { isFromOurPage } from '../web/same-origin.ts';
import { actionTitles } from './action-links.ts';
import { askedAction, askedName, storedAction, type AskedAction } from './asked-action.ts';
import { MOST_REASON, formPage, reasonAdvice } from './form-page.ts';
import { perform } from './perform.ts';

/** How long a browser waits for the end of an action before it is shown as still going on. Milliseconds. */
const WAIT_MS = 3_000;

/** What happens to a request for an action: a page, a refusal, or a way to the action's own page. */
export type Acted =
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'refused'; readonly refusal: ErrorPage }
  | { readonly kind: 'begun'; readonly id: string };

type ActContext = Omit<RoomContext, 'state'>;

/** Returns the form of an action, if the visitor may do it. */
export function openForm({ host, links, visitor, parameters }: ActContext): Acted {
  const name = askedName(parameters);
  if (!visitor.may.has(name)) return { kind: 'refused', refusal: mayNot(name) };
  return { kind: 'page', page: formPage(links, visitor, askedAction(host, parameters), randomUUID()) };
}

/**
 * Does what a form asks for: once for each key, only if a page of ours sent it, and not before it is stored who does
 * what and why.
 *
 * @param options.onEnd called when the action has ended, which may be after the response
 */
export async function act(
  request: Request,
  context: ActContext,
  { allowedOrigins, onEnd }: { readonly allowedOrigins: readonly string[]; readonly onEnd: () => void },
): Promise<Acted> {
  if (!isFromOurPage(request, allowedOrigins))
    return {
      kind: 'refused',
      refusal: forbiddenPage(
        'This was not sent by a page of this dashboard. Behind a proxy that changes the Host header, set allowedOrigins.',
      ),
    };
  const { host, ports, visitor } = context;
  const parameters = new Parameters(await readForm(request));
  const name = askedName(parameters);
  if (!visitor.may.has(name)) return { kind: 'refused', refusal: mayNot(name) };
  const asked = askedAction(host, parameters);
  const id = keyIn(parameters);
  const reason = parameters.text('reason', MOST_REASON) ?? (name === 'dry-run' ? 'a dry run' : null);
  if (reason === null) throw new InvalidOptionError('reason', '', `is missing. ${reasonAdvice()}`);
  const isNew = await ports.actionLog.begin(storedAction(asked, { id, who: visitor.who, reason }));
  if (isNew) await Promise.race([toItsEnd(context, id, asked).finally(onEnd), timeout()]);
  return { kind: 'begun', id };
}

/** Never throws: the response may be sent before it ends. */
async function toItsEnd({ host, ports }: ActContext, id: string, asked: AskedAction): Promise<void> {
  const end = await perform(host, asked);
  try {
    await ports.actionLog.end(id, end);
  } catch (error) {
    const logger = host.container.get<Logger>(engineTokens.logger.symbol);
    logger.error('an action of the dashboard ended, and its end could not be stored', {
      action: asked.action,
      id,
      result: end.result,
      error: errorText(error),
    });
  }
}

function timeout(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, WAIT_MS).unref());
}

function keyIn(parameters: Parameters): string {
  const key = parameters.required('key');
  if (/^[\w-]{16,100}$/.test(key)) return key;
  throw new InvalidOptionError(
    'key',
    key,
    'must be the key of a form of this dashboard; open the form again',
  );
}

function mayNot(name: keyof typeof actionTitles): ErrorPage {
  return forbiddenPage(
    `You may look, but not do this: ${actionTitles[name]}. The access option of the dashboard decides.`,
  );
}
