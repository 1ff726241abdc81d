// Numbers and values as people read them.
import {Time, html} from './ui.js';

const isMissing = value => value === null || value === undefined || Number.isNaN(value);
const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', {maximumSignificantDigits: 3, notation: 'compact'});

export const number = value => isMissing(value) ? '–' : whole.format(value);
export const compact = value => isMissing(value) ? '–' : short.format(value);
export const percent = value =>
  isMissing(value) ? '–' : `${Number((value * 100).toPrecision(value > 0.99 ? 4 : 2))} %`;

function scaled(value, units, step) {
  let index = 0;
  while (value >= step && index < units.length - 1) { value /= step; ++index; }
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${units[index]}`;
}

export const bytes = value =>
  isMissing(value) ? '–' : scaled(value, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024);
export const perSecond = value =>
  isMissing(value) ? '–' : `${value < 1 ? Number(value.toPrecision(2)) : compact(value)}/s`;

export function duration(seconds) {
  if (isMissing(seconds)) return '–';
  if (seconds < 1) return scaled(seconds * 1e6, ['µs', 'ms'], 1000);
  if (seconds < 120) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86400)} d`;
}

// "last_seen_at" -> "Last seen at", "user.suspend" -> "User suspend".
export function label(name) {
  const text = name.replaceAll(/[_.]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const isTime = value => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value);

// A member of a JSON document in words.
export function shown(value) {
  if (value === null || value === undefined || value === '')
    return html`<span class="muted">none</span>`;
  if (value === true || value === false) return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.length && value.every(Number.isFinite))
    return value.join(', ');
  if (Array.isArray(value)) return value.length ? html`<ol class="values">
    ${value.map(each => html`<li>${shown(each)}</li>`)}</ol>` : shown(null);
  if (typeof value === 'object') return html`<ul class="values">${Object.entries(value).map(
    ([name, each]) => html`<li>${label(name)}: ${shown(each)}</li>`)}</ul>`;
  return isTime(value) ? html`<${Time} at=${value} exact/>` : String(value);
}

const places = {user: '/admin/users/', page: '/admin/pages/', content: '/admin/contents/'};

// Where the console shows an object such as "user:7"; null where it does not.
export function placeOf(object) {
  const [kind, id] = String(object ?? '').split(':');
  return places[kind] && /^\d+$/.test(id) ? places[kind] + id : null;
}
