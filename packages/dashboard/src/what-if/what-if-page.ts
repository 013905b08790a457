import { InvalidOptionError, instant, type WhatIfReport, type WithDates } from '@gamekeeper/core';
import { count, counted, data, time } from '../html/format.ts';
import { html, type Html } from '../html/html.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { table } from '../html/parts.ts';
import type { RoomContext } from '../room.ts';
import { rulesForm, rulesIn, triedRules } from './rules-form.ts';

type Report = WithDates<WhatIfReport>;
type Player = Report['sample'][number];

/** What the next tick of a job would do with other rules; without rules, the form alone. */
export async function whatIfPage({ host, links, parameters }: RoomContext): Promise<Page> {
  const job = parameters.text('job') ?? 'streak-update';
  if (!Object.hasOwn(triedRules, job))
    throw new InvalidOptionError('job', job, `must be ${Object.keys(triedRules).join(' or ')}`);
  const rules = rulesIn(parameters, job);
  const tick = parameters.instant('tick');
  const isAsked = Object.keys(rules).length > 0;
  const report = isAsked
    ? await host.whatIf(job, { rules, sample: 20, ...(tick !== null && { tick }) })
    : null;
  const others = Object.keys(triedRules).filter((one) => one !== job);
  const content = html`<h1>What if <small>${job}</small></h1>
    <p>
      What the next tick would do with other rules. Nothing is changed.
      ${others.map((one) => html`<a href="${links('what-if', { job: one })}">${one}</a>`)}
    </p>
    ${rulesForm(links, job, parameters)} ${report && found(links, report)}`;
  return { title: `What if: ${job}`, section: null, content, refreshMs: null };
}

function found(links: Links, { tick, rules, current, proposed, differing, sample }: Report): Html {
  const rows = [
    ...pairs(rules.current, rules.proposed),
    ...pairs(current, proposed).map(([name, now, then]) => [`players ${name}`, now, then] as const),
  ];
  return html`<section aria-labelledby="counts">
      <h2 id="counts">The tick ${time(instant(tick))}</h2>
      ${table<Pair>(
        'Rules and counts',
        [
          { title: 'Rule or count', cell: ([name]) => name },
          { title: 'Now', cell: ([, now]) => count(now), isNumber: true },
          { title: 'With these rules', cell: ([, , then]) => count(then), isNumber: true },
        ],
        rows,
        '',
      )}
    </section>
    <section aria-labelledby="players">
      <h2 id="players">${counted(differing, 'player')} would be treated differently</h2>
      ${table<Player>(
        'Some of the players',
        [
          {
            title: 'Player',
            cell: ({ userId }) => html`<a href="${links('player', { user: userId })}">${data(userId)}</a>`,
          },
          { title: 'Before', cell: before },
          { title: 'Now', cell: ({ current: outcome }) => after(outcome) },
          { title: 'With these rules', cell: ({ proposed: outcome }) => after(outcome) },
        ],
        sample,
        'Nobody.',
      )}
    </section>`;
}

type Pair = readonly [name: string, now: number, then: number];

/** Returns numbers of two objects with the same names. */
function pairs(now: object, then: object): readonly Pair[] {
  const others = then as Readonly<Record<string, number>>;
  return Object.entries<number>({ ...now }).map(([name, value]) => [name, value, others[name] ?? 0]);
}

function before(player: Player): Html | string {
  if (!('lastQuizAt' in player)) return counted(player.currentLives, 'life').replace('lifes', 'lives');
  const { currentStreak, protections, lastQuizAt } = player;
  return html`${counted(currentStreak, 'day')}, ${counted(protections, 'protection')}, last quiz
  ${time(instant(lastQuizAt))}`;
}

function after(outcome: Player['current']): Html | string {
  if (typeof outcome === 'string') return outcome;
  const { currentLives, nextRegenAt } = outcome;
  return html`${count(currentLives)} lives, next from
  ${time(nextRegenAt === null ? null : instant(nextRegenAt))}`;
}
