// Navigation below /admin/ by the History API.
import {html, useEffect, useState} from './vendor/htm-preact.mjs';

const listeners = new Set();
let here = location.pathname + location.search;
let leaving = null;  // asks whether unsaved work may be lost; null: there is none

export const hasUnsavedWork = () => leaving !== null;

function arrive() {
  here = location.pathname + location.search;
  for (const listener of [...listeners]) listener(here);
}

// Asks where there is unsaved work.
export const confirmLeave = async () => !leaving || await leaving();

async function mayLeave() {
  if (!await confirmLeave()) return false;
  leaving = null;
  return true;
}

export async function go(path, {replace = false} = {}) {
  if (!await mayLeave()) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  arrive();
  if (!replace) scrollTo(0, 0);
}

// Shows other parameters of the same screen, and adds no entry to the history.
export function setQuery(changes) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value); else query.delete(name);
  }
  history.replaceState(null, '', query.size ? `?${query}` : location.pathname);
  arrive();
}

addEventListener('popstate', async () => {
  const target = location.pathname + location.search;
  if (!leaving) return arrive();
  history.pushState(null, '', here);
  await go(target);
});

addEventListener('beforeunload', event => { if (leaving) event.preventDefault(); });

export function useLocation() {
  const [, show] = useState(here);
  useEffect(() => {
    listeners.add(show);
    show(here);
    return () => listeners.delete(show);
  }, []);
  return new URL(here, location.origin);
}

// While dirty, leaving the screen first calls ask(), which resolves to true or false.
export function useLeaveGuard(dirty, ask) {
  useEffect(() => {
    leaving = dirty ? ask : null;
    return () => { leaving = null; };
  }, [dirty]);
}

const isPlainClick = event => event.button === 0 &&
  !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

export function Link({to, children, onClick, ...rest}) {
  const follow = event => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    event.stopPropagation();
    onClick?.();
    go(to);
  };
  return html`<a href=${to} onClick=${follow} ...${rest}>${children}</a>`;
}

export function setTitle(text) {
  document.title = `${text} · feedctl`;
}
