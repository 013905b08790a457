import { InvalidOptionError } from '@gamekeeper/core';
import { html, type Html } from '../html/html.ts';
import type { Links } from '../html/links.ts';
import type { Parameters } from '../web/parameters.ts';

/** The rules that can be tried, by job. */
export const triedRules: Readonly<Record<string, readonly string[]>> = {
  'streak-update': ['breakAfterHours'],
  'life-regeneration': ['maxLives', 'regenMinutes'],
};

/**
 * Returns the rules of a job that the form gave.
 *
 * @throws {InvalidOptionError} for one that is no whole number
 */
export function rulesIn(parameters: Parameters, job: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    (triedRules[job] ?? []).flatMap((name) => {
      const text = parameters.text(name, 9);
      if (text === null) return [];
      if (!/^\d+$/.test(text)) throw new InvalidOptionError(name, text, 'must be a whole number');
      return [[name, Number(text)] as const];
    }),
  );
}

/** A form for the rules of one job; empty fields stay as they are. */
export function rulesForm(links: Links, job: string, parameters: Parameters): Html {
  return html`<form class="search" method="get" action="${links('what-if')}">
    <input type="hidden" name="job" value="${job}" />
    ${(triedRules[job] ?? []).map(
      (name) =>
        html`<label
          ><span>${name}</span
          ><input
            name="${name}"
            value="${parameters.text(name, 9) ?? ''}"
            inputmode="numeric"
            autocomplete="off"
        /></label>`,
    )}
    <button>Try</button>
  </form>`;
}
