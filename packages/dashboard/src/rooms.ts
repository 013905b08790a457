import { InvalidOptionError, addMs, sessionId } from '@gamekeeper/core';
import { ACTIONS_ON_A_PAGE, actionPage, actionsPage } from './actions/actions-pages.ts';
import { boardPage, PERIODS_SHOWN } from './boards/board-page.ts';
import { boardsPage } from './boards/boards-page.ts';
import { RECALCULATION, RECALCULATIONS_SHOWN } from './boards/drift-section.ts';
import { readBoard, readBoards, readStandings } from './boards/read-boards.ts';
import { jobPage } from './jobs/job-page.ts';
import { readJob } from './jobs/read-job.ts';
import { readNow } from './now/read-now.ts';
import { nowPage } from './now/now-page.ts';
import { playerPage } from './players/player-page.ts';
import { sessionPage } from './players/session-page.ts';
import type { Room } from './room.ts';
import { readRun } from './runs/read-run.ts';
import { readSpan } from './runs/read-span.ts';
import { runPage } from './runs/run-page.ts';
import { spanPage } from './runs/span-page.ts';
import { readMatrix } from './ticks/read-matrix.ts';
import { ticksPage } from './ticks/ticks-page.ts';
import { triedRules } from './what-if/rules-form.ts';
import { whatIfPage } from './what-if/what-if-page.ts';
import { defaultZoom, spanAround, zooms } from './ticks/zoom.ts';

const now: Room = {
  parameters: [],
  maxAgeMs: 4_000,
  open: async ({ links, ports, state }) => {
    const current = await state();
    return nowPage(links, current, await readNow(ports, current));
  },
};

const ticks: Room = {
  parameters: ['zoom', 'around'],
  maxAgeMs: 8_000,
  open: async ({ links, ports, parameters, state }) => {
    const name = parameters.text('zoom');
    const zoom = zooms.find((each) => each.name === name) ?? defaultZoom;
    const around = parameters.instant('around');
    const current = await state();
    const span = spanAround(zoom, around ?? current.now);
    return ticksPage(links, { zoom, around }, await readMatrix(ports, current, span));
  },
};

const span: Room = {
  parameters: ['job', 'from', 'to'],
  maxAgeMs: 4_000,
  open: async ({ links, ports, visitor, parameters, state }) => {
    const current = await state();
    const choice = {
      job: parameters.required('job'),
      from: parameters.requiredInstant('from'),
      to: parameters.instant('to') ?? addMs(current.now, 1),
    };
    return spanPage(links, visitor, choice, await readSpan(ports, current, choice));
  },
};

const run: Room = {
  parameters: ['job', 'tick', 'after'],
  maxAgeMs: 2_000,
  open: async ({ links, ports, visitor, parameters, state }) => {
    const choice = {
      job: parameters.required('job'),
      tick: parameters.requiredInstant('tick'),
      afterItem: parameters.text('after'),
    };
    return runPage(links, visitor, choice, await readRun(ports, await state(), choice));
  },
};

const job: Room = {
  parameters: ['job', 'after'],
  maxAgeMs: 4_000,
  open: async ({ links, ports, visitor, parameters, state }) => {
    const choice = { job: parameters.required('job'), after: parameters.instant('after') };
    return jobPage(links, visitor, choice, await readJob(ports, await state(), choice));
  },
};

/** Periods of each board on the page of all boards. */
const NEWEST_PERIODS = 6;

const boards: Room = {
  parameters: [],
  maxAgeMs: 8_000,
  open: async ({ links, host, ports, visitor }) => {
    const [shown, recalculations, now] = await Promise.all([
      readBoards(host, NEWEST_PERIODS),
      ports.ledger.runs(RECALCULATION, { limit: RECALCULATIONS_SHOWN }),
      ports.storeTime.now(),
    ]);
    return boardsPage(links, visitor, { boards: shown, recalculations, now });
  },
};

const board: Room = {
  parameters: ['board', 'period', 'cursor', 'user', 'before'],
  maxAgeMs: 2_000,
  open: async ({ links, host, ports, visitor, parameters }) => {
    const key = parameters.required('board');
    const known = host.leaderboards.boards.find((each) => each.key === key);
    if (!known) throw new InvalidOptionError('board', key, 'must be a board of this host');
    const before = parameters.text('before');
    const choice = {
      board: known,
      period: parameters.text('period'),
      cursor: parameters.text('cursor', 1_000),
      user: parameters.text('user'),
    };
    const now = await ports.storeTime.now();
    const page = { limit: PERIODS_SHOWN, ...(before !== null && { before }) };
    const periods = await readBoard(host, known, page);
    return boardPage(links, visitor, choice, await readStandings(host, choice, now), periods);
  },
};

const player: Room = {
  parameters: ['user', 'before', 'entry', 'started', 'session', 'earned', 'award'],
  maxAgeMs: 1_000,
  open: async (context) =>
    playerPage(context, context.parameters.text('user'), await context.ports.storeTime.now()),
};

const session: Room = {
  parameters: ['id'],
  maxAgeMs: 1_000,
  open: async ({ links, ports, parameters }) => {
    const id = parameters.required('id');
    const [found, now] = await Promise.all([ports.sessions.find(sessionId(id)), ports.storeTime.now()]);
    return sessionPage(links, found, id, now);
  },
};

const whatIf: Room = {
  parameters: ['job', 'tick', ...Object.values(triedRules).flat()],
  maxAgeMs: 10_000,
  open: (context) => whatIfPage(context),
};

const actions: Room = {
  parameters: ['before', 'subject'],
  maxAgeMs: 2_000,
  open: async ({ links, ports, parameters }) => {
    const before = parameters.text('before', 18);
    const subject = parameters.text('subject');
    if (before !== null && !/^\d+$/.test(before))
      throw new InvalidOptionError('before', before, 'must be the position of an action');
    const page = { ...(before !== null && { before }), ...(subject !== null && { subject }) };
    const found = await ports.actionLog.list({ ...page, limit: ACTIONS_ON_A_PAGE + 1 });
    return actionsPage(links, found, subject);
  },
};

const action: Room = {
  parameters: ['id'],
  maxAgeMs: 500,
  open: async ({ links, ports, parameters }) => {
    const id = parameters.required('id');
    const found = await ports.actionLog.find(id);
    if (!found) throw new InvalidOptionError('id', id, 'must be the id of an action that is still stored');
    return actionPage(links, found);
  },
};

/** The pages that change nothing, by their path below the base path. */
export const rooms: ReadonlyMap<string, Room> = new Map([
  ['', now],
  ['ticks', ticks],
  ['span', span],
  ['run', run],
  ['job', job],
  ['boards', boards],
  ['board', board],
  ['player', player],
  ['session', session],
  ['what-if', whatIf],
  ['actions', actions],
  ['action', action],
]);
