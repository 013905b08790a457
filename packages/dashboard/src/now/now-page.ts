import { html, type Html } from '../html/html.ts';
import { counted, data, utc } from '../html/format.ts';
import type { Page } from '../html/layout.ts';
import type { Links } from '../html/links.ts';
import { badge } from '../html/parts.ts';
import type { EngineState } from '../reads/engine-state.ts';
import { jobsTable } from './jobs-table.ts';
import type { NowReads } from './read-now.ts';
import { otherJobs } from './other-jobs.ts';
import { runningTable } from './running-table.ts';
import { alertsSection, boardsSection, checksSection, instancesSection, outboxSection } from './sections.ts';

/** What this page shows: the state of everything, in the order in which an operator asks. */
export function nowPage(links: Links, state: EngineState, reads: NowReads): Page {
  const content = html`<h1>Now</h1>
    ${headline(links, state)}
    <section aria-labelledby="jobs">
      <h2 id="jobs">Jobs</h2>
      ${jobsTable(links, state, reads.pauses)}
    </section>
    ${otherJobs(links, state)}
    <section aria-labelledby="running">
      <h2 id="running">Running</h2>
      ${runningTable(links, reads.active, state.now)}
    </section>
    <div class="columns">
      ${checksSection(state)} ${outboxSection(state)} ${alertsSection(state, reads)}
      ${boardsSection(links, state)} ${instancesSection(state, reads)}
    </div>`;
  return { title: 'Now', section: 'now', content, refreshMs: 5_000 };
}

/** One sentence that says whether anything needs attention, and what. */
function headline(links: Links, { now, health, jobs }: EngineState): Html {
  const unhealthy = jobs.filter(({ health: own }) => !isFine(own?.verdict));
  const owing = jobs.filter(({ owed, health: own }) => owed.count > 0 && isFine(own?.verdict));
  const checks = health.checks.filter(({ verdict }) => verdict !== 'healthy');
  const parts = [
    unhealthy.length > 0 &&
      html`${counted(unhealthy.length, 'job')} ${unhealthy.length === 1 ? 'needs' : 'need'} attention:
      ${named(links, unhealthy)}.`,
    owing.length > 0 &&
      html` ${counted(owing.length, 'job')} ${owing.length === 1 ? 'has' : 'have'} ticks that should have run:
      ${named(links, owing)}.`,
    checks.length > 0 && html` ${counted(checks.length, 'check')} found a problem.`,
    health.jobs.length < jobs.length && html` Some jobs are not registered in this store.`,
  ].filter((part) => part !== false);
  const tone = parts.length === 0 ? 'good' : unhealthy.length > 0 || checks.length > 0 ? 'bad' : 'warn';
  return html`<p class="headline ${tone}" role="status">
    ${badge(tone, parts.length === 0 ? 'All well' : 'Attention')}
    <span>${parts.length === 0 ? 'Every job ran when it should have.' : parts}</span>
    <small>as of ${utc(now)}</small>
  </p>`;
}

/** A paused job is not fine: somebody may have forgotten it. */
function isFine(verdict: string | undefined): boolean {
  return verdict === 'healthy';
}

function named(links: Links, jobs: EngineState['jobs']): readonly Html[] {
  return jobs.map(
    ({ name }, index) => html`${index > 0 && ', '}<a href="${links('job', { job: name })}">${data(name)}</a>`,
  );
}
