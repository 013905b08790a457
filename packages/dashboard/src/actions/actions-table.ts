import type { OperatorAction } from '@gamekeeper/core/ports';
import { data, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Links } from '../html/links.ts';
import { badge, table, type Tone } from '../html/parts.ts';

const tones: Readonly<Record<OperatorAction['status'], Tone>> = {
  begun: 'busy',
  done: 'good',
  failed: 'bad',
};
const words: Readonly<Record<OperatorAction['status'], string>> = {
  begun: 'no end recorded',
  done: 'done',
  failed: 'failed',
};

/** Returns how an action ended, as a badge. */
export function actionBadge({ status }: OperatorAction): Html {
  return badge(tones[status], words[status]);
}

/** Who did what, when and why. */
export function actionsTable(links: Links, actions: readonly OperatorAction[]): Html {
  return table<OperatorAction>(
    'Actions of operators',
    [
      {
        title: 'When',
        cell: ({ id, begunAt }) => html`<a href="${links('action', { id })}">${time(begunAt)}</a>`,
      },
      { title: 'Who', cell: ({ who }) => data(who) },
      { title: 'What', cell: ({ action, subject }) => html`${data(action)} ${data(subject)}` },
      { title: 'Why', cell: ({ reason }) => data(reason) },
      { title: 'End', cell: actionBadge },
    ],
    actions,
    'Nobody has done anything here.',
  );
}
