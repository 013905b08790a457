/**
 * What JavaScript adds to pages that are complete without it: pages are read again when the
 * server says that they have changed (or now and then, where no stream of events comes through), links and forms
 * replace only what is in `<main>`, and arrow keys move in the matrix.
 */
export const script = `
const main = () => document.getElementById('main');
let etag = null, timer = 0, paused = false, turn = 0, going = 0, source = null, heard = -1e9;
const base = document.querySelector('.brand').href;

async function load(url, options = {}) {
  const mine = ++turn;
  // What somebody has clicked comes before what only refreshes the page.
  if (!options.quiet) going = mine;
  try { return await loadAs(mine, url, options); } finally { if (going === mine) going = 0; }
}
async function loadAs(mine, url, { push = false, init = {} }) {
  const response = await fetch(url, { ...init, cache: 'no-store', headers: { accept: 'text/html', ...init.headers } });
  if (mine !== turn) return false;
  if (response.status === 304) return true;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const next = page.getElementById('main');
  if (!next || mine !== turn) { if (!next) location.assign(url); return false; }
  etag = response.headers.get('etag');
  if (push && response.url !== location.href) history.pushState(null, '', response.url);
  swap(next, page, push);
  return true;
}

function swap(next, page, isOtherPage) {
  const old = main(), active = document.activeElement;
  const place = !isOtherPage && old.contains(active) ? pathTo(old, active) : null;
  const sides = [...old.querySelectorAll('.scroll')].map((one) => one.scrollLeft);
  old.replaceWith(document.adoptNode(next));
  document.title = page.title;
  const nav = page.querySelector('header nav');
  if (nav) document.querySelector('header nav').replaceWith(document.adoptNode(nav));
  prepare(isOtherPage);
  if (isOtherPage) { scrollTo(0, 0); main().focus({ preventScroll: true }); return; }
  [...main().querySelectorAll('.scroll')].forEach((one, index) => { one.scrollLeft = sides[index] ?? one.scrollLeft; });
  if (place) (reach(main(), place) ?? main()).focus({ preventScroll: true });
}

function pathTo(root, node) {
  const path = [];
  for (let one = node; one !== root; one = one.parentElement) path.unshift([...one.parentElement.children].indexOf(one));
  return path;
}
const reach = (root, path) => path.reduce((one, index) => one?.children[index] ?? null, root);

function prepare(isNew) {
  for (const matrix of main().querySelectorAll('[data-keys=matrix]')) {
    const cells = [...matrix.querySelectorAll('a.cell')];
    for (const cell of cells) cell.tabIndex = -1;
    const first = matrix.querySelector('td.now a.cell') ?? cells.at(-1);
    if (first) first.tabIndex = 0;
    const now = matrix.querySelector('td.now');
    const box = matrix.closest('.scroll');
    if (isNew && now && box) box.scrollLeft = now.offsetLeft - box.clientWidth * 0.8;
  }
  plan();
}

function plan() {
  clearTimeout(timer);
  const ms = Number(main().dataset.refresh ?? 0);
  live.hidden = !ms;
  live.textContent = paused ? 'Resume updates' : 'Pause updates';
  listen(ms && !paused && !document.hidden ? base + 'events?of=' + encodeURIComponent(location.pathname + location.search) : null);
  if (ms && !paused) timer = setTimeout(() => performance.now() - heard < 2 * ms + 2000 ? plan() : refresh(), ms);
}
function listen(url) {
  if ((source?.url ?? null) === url) return;
  source?.close();
  source = url && new EventSource(url);
  if (source) source.onmessage = ({ data }) => { heard = performance.now(); if (data !== etag) refresh(); };
  heard = -1e9;
}

async function refresh() {
  if (document.hidden || going || main().querySelector('form :focus')) return plan();
  const headers = etag ? { 'if-none-match': etag } : {};
  try { await load(location.href, { quiet: true, init: { headers } }); state.textContent = ''; }
  catch { state.textContent = 'No connection: this page is not up to date.'; }
  plan();
}

const live = document.createElement('button');
const state = document.createElement('span');
state.setAttribute('role', 'status');
live.type = 'button';
live.addEventListener('click', () => { paused = !paused; plan(); });
document.getElementById('live').append(state, ' ', live);

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('a[href]');
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.hash || link.target || link.hasAttribute('download')) return;
  event.preventDefault();
  load(link.href, { push: true }).catch(() => location.assign(link.href));
});

document.addEventListener('submit', (event) => {
  const form = event.target;
  event.preventDefault();
  const fields = new URLSearchParams(new FormData(form, event.submitter));
  const button = form.querySelector('button');
  button.disabled = true;
  const isPost = form.getAttribute('method') === 'post', action = form.getAttribute('action');
  const url = new URL(isPost ? action : action + '?' + fields, location.href).href;
  load(url, { push: true, init: isPost ? { method: 'POST', body: fields } : {} }).catch(() => {
    button.disabled = false;
    state.textContent = 'No connection: send it again; it acts only once.';
  });
});

document.addEventListener('keydown', (event) => {
  const cell = event.target.closest?.('[data-keys=matrix] a.cell');
  const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -1e9], End: [0, 1e9] }[event.key];
  if (!cell || !step || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const next = neighbour(cell, step);
  if (!next) return;
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});

function neighbour(cell, [down, right]) {
  const row = cell.closest('tr'), at = cell.parentElement.cellIndex;
  if (right) {
    const cells = [...row.querySelectorAll('a.cell')];
    return cells[Math.max(0, Math.min(cells.length - 1, cells.indexOf(cell) + right))];
  }
  for (let other = row; (other = down > 0 ? other.nextElementSibling : other.previousElementSibling);) {
    const cells = [...other.querySelectorAll('a.cell')];
    const distance = (one) => Math.abs(one.parentElement.cellIndex - at);
    if (cells.length) return cells.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  }
  return null;
}

document.addEventListener('mouseover', (event) => {
  const cell = event.target.closest?.('a.cell');
  if (cell) cell.title ||= cell.getAttribute('aria-label');
});

addEventListener('popstate', () => load(location.href).catch(() => location.reload()));
addEventListener('visibilitychange', () => { if (document.hidden) plan(); else refresh(); });
prepare(true);
`;
