// The components that screens are made of. This is the only module that a screen needs beside
// api.js.
import {html, useEffect} from './vendor/htm-preact.mjs';
import {getSession} from './session.js';
import {confirmAction, toast} from './dialogs.js';
import {useDelayed, useNow} from './hooks.js';
import {Button} from './controls.js';
import {Link, setTitle, useLeaveGuard} from './router.js';

export {html, useEffect, useMemo, useRef, useState} from './vendor/htm-preact.mjs';
export * from './controls.js';
export {Dialog, confirmAction, toast} from './dialogs.js';
export {useCursorList, useDebounced, useLoad, useNow} from './hooks.js';
export {Link, go, setQuery, setTitle} from './router.js';

// A screen with its one h1. `back` is {to, text}; `actions` are buttons beside the heading.
export function Screen({title, back, actions, children, wide}) {
  useEffect(() => setTitle(title), [title]);
  return html`<div class="screen ${wide ? 'wide' : ''}">
    ${back && html`<p class="back"><${Link} to=${back.to}>← ${back.text}</${Link}></p>`}
    <header class="screen-head"><h1 tabindex="-1">${title}</h1>
      ${actions && html`<div class="actions">${actions}</div>`}</header>
    ${children}
  </div>`;
}

// kind: ok, warn, bad, info or none. The text says the state, the colour only repeats it.
export function Badge({kind = '', children}) {
  return html`<span class="badge ${kind}">${children}</span>`;
}

const units = [[60, 'second'], [60, 'minute'], [24, 'hour'], [30, 'day'], [12, 'month']];
const relative = new Intl.RelativeTimeFormat('en', {numeric: 'auto'});
const absolute = new Intl.DateTimeFormat('sv-SE', {dateStyle: 'short', timeStyle: 'medium'});

export function timeText(at) {
  return absolute.format(new Date(at));
}

function relativeText(at, now) {
  let value = (new Date(at) - now) / 1000;
  if (Math.abs(value) < 45) return value > 5 ? 'in a moment' : 'just now';
  for (const [count, unit] of units) {
    if (Math.abs(value) < count) return relative.format(Math.round(value), unit);
    value /= count;
  }
  return relative.format(Math.round(value), 'year');
}

// "3 minutes ago", with the exact local time as its title; `exact` shows both the other way.
export function Time({at, exact, none = 'never'}) {
  const now = useNow(15000);
  if (!at) return html`<span class="muted">${none}</span>`;
  const texts = [relativeText(at, now), timeText(at)];
  if (exact) texts.reverse();
  return html`<time datetime=${at} title=${texts[1]}>${texts[0]}</time>`;
}

export function Empty({title, children}) {
  return html`<div class="empty"><p class="empty-title">${title}</p>
    ${children && html`<div>${children}</div>`}</div>`;
}

// A skeleton, once loading has taken 150 ms.
export function Loading({rows = 5}) {
  if (!useDelayed(true, 150)) return html`<div class="skeleton" aria-busy="true"></div>`;
  return html`<div class="skeleton" role="status"><span class="sr">Loading</span>
    ${Array.from({length: rows}, () => html`<div class="bone"></div>`)}</div>`;
}

const needed = 'Your role is not enough for this. An admin may give you another one under Users.';
const explanations = {
  0: ['No connection', 'The server could not be reached. This screen loads as soon as it can be.'],
  401: ['Your session has ended', 'Sign in again to go on.'],
  403: ['You may not do this', needed],
  404: ['Not found', 'It does not exist any more, or never did.'],
  429: ['Too many requests', 'Wait a few seconds, then try again.'],
  500: ['The server failed', 'The cause is in the log of the server, beside the request below.'],
  503: ['The server cannot answer now', 'A dependency may be down. Try again in a few seconds.'],
};

// What went wrong, and what to do, as {title, text}.
export function explain(error) {
  const [title, text] = explanations[error.status] || ['That did not work', ''];
  const own = error.status && error.status !== 401 ? error.detail || error.title : '';
  if (error.status === undefined) return {title: 'The console failed', text: error.message};
  const needsRole = error.status === 403 && own && getSession().user?.role !== 'admin';
  return {title, text: needsRole ? `${sentence(own)} ${needed}` : own || text};
}

export function sentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

// Runs a change and says in a toast what came of it: `done`, or the error. Resolves to whether it
// succeeded.
export async function attempt(run, done) {
  try {
    await run();
    if (done) toast(done);
    return true;
  } catch (error) {
    const {title, text} = explain(error);
    toast(`${title}. ${sentence(text)}`, 'bad');
    return false;
  }
}

export function ErrorBox({error, retry}) {
  const {title, text} = explain(error);
  const request = error.status >= 500 && error.body?.instance;
  return html`<div class="notice bad" role="alert">
    <p class="notice-title">${title}</p><p>${sentence(text)}</p>
    ${error.errors?.length > 0 && html`<ul>${error.errors.map(each =>
      html`<li>${sentence(each.detail)}</li>`)}</ul>`}
    ${request && html`<p class="muted">Request <code>${request}</code></p>`}
    ${retry && html`<${Button} onClick=${retry}>Try again</${Button}>`}
  </div>`;
}

// Shows what useLoad answers: a skeleton, the error, or children(data).
export function Loaded({load, children, rows}) {
  const {data, error, loading, reload} = load;
  return html`
    ${error && html`<${ErrorBox} error=${error} retry=${reload}/>`}
    ${data === null ? loading && !error && html`<${Loading} rows=${rows}/>`
      : html`<div class=${loading ? 'reloading' : ''}>${children(data)}</div>`}`;
}

// columns: [{title, key or render(row), to(row), align: 'end', className}]. A column's `to` makes
// its cell a link; with onOpen(row) the first cell is a button. On narrow screens rows are cards.
export function Table({columns, rows, empty, onOpen, caption, rowKey = row => row.id}) {
  if (!rows.length) return typeof empty === 'string' ? html`<${Empty} title=${empty}/>` : empty;
  const content = (column, row, index) => {
    const value = column.render ? column.render(row) : row[column.key];
    if (column.to) return html`<${Link} to=${column.to(row)}>${value}</${Link}>`;
    if (index || !onOpen) return value;
    return html`<button type="button" class="plain" onClick=${() => onOpen(row)}>${value}</button>`;
  };
  const style = column => `${column.className || ''} ${column.align === 'end' ? 'end' : ''}`;
  return html`<table role="table">
    ${caption && html`<caption class="sr">${caption}</caption>`}
    <thead role="rowgroup"><tr role="row">${columns.map(column =>
      html`<th role="columnheader" scope="col" class=${style(column)}>${column.title}</th>`)}
    </tr></thead>
    <tbody role="rowgroup">${rows.map(row => html`<tr role="row" key=${rowKey(row)}>
      ${columns.map((column, index) => html`<td role="cell" class=${style(column)}
        data-label=${column.title}><span>${content(column, row, index)}</span></td>`)}
    </tr>`)}</tbody>
  </table>`;
}

// onPrevious and onNext are null where there is nothing. One page alone has no pager.
export function Pager({text, onPrevious, onNext}) {
  if (!onPrevious && !onNext) return null;
  return html`<nav class="pager" aria-label="Pages of the list">
    <${Button} disabled=${!onPrevious} onClick=${onPrevious}>Previous</${Button}>
    <span class="muted" aria-live="polite">${text}</span>
    <${Button} disabled=${!onNext} onClick=${onNext}>Next</${Button}></nav>`;
}

// Labelled values: entries are [label, value]; those of null or undefined are left out.
export function Facts({entries}) {
  return html`<dl class="facts">${entries.filter(([, value]) => value !== null &&
    value !== undefined).map(([label, value]) => html`<div><dt>${label}</dt>
      <dd>${value}</dd></div>`)}</dl>`;
}

// While dirty, asks before the screen is left.
export function usePrompt(dirty) {
  useLeaveGuard(dirty, () => confirmAction({
    title: 'Leave without saving?', danger: true, confirm: 'Leave',
    body: 'What you changed here is not saved yet, and is lost if you leave.',
  }));
}
