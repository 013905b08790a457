import { GamekeeperError } from '@gamekeeper/core';

const MOST_BYTES = 16_384;

/** A request has a body that is not a form of the dashboard. */
export class NotAFormError extends GamekeeperError<'NOT_A_FORM'> {
  constructor(problem: string) {
    super(
      'NOT_A_FORM',
      `The request is not a form of this dashboard: ${problem}; open the page again and send its form.`,
    );
  }
}

/**
 * Returns the fields of a form.
 *
 * @throws {NotAFormError} also if a framework has read the body already, or if it is too long
 */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? 'none';
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
    throw new NotAFormError('its content type is another');
  if (request.bodyUsed)
    throw new NotAFormError('its body was read before; mount the dashboard before body parsers');
  return new URLSearchParams(await textOf(request));
}

async function textOf({ body }: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += (chunk as Uint8Array).byteLength;
    if (size > MOST_BYTES) throw new NotAFormError(`it has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
