// The audit log: who changed what, by the console, the API or the command line.
import {label, placeOf, shown} from '../format.js';
import {Empty, Field, Link, Loaded, Pager, Screen, TextInput, Time, html, setQuery, useCursorList,
  useDebounced} from '../ui.js';

const fields = [
  ['actor', 'Who', 'Handle or number of a user'],
  ['action', 'Action', 'For example user.suspend'],
  ['object', 'Object', 'For example user:7'],
];

function Filter({name, title, example, value}) {
  const change = useDebounced(text => setQuery({[name]: text.trim().replace(/^@/, '')}));
  return html`<${Field} label=${title}><${TextInput} type="search" value=${value || ''}
    placeholder=${example} onInput=${change}/></${Field}>`;
}

// The members of both sides, those of `after` that are the same left out.
function membersOf({before, after}) {
  const names = new Set([...Object.keys(before || {}), ...Object.keys(after || {})]);
  return [...names].filter(name => !before || !after ||
    JSON.stringify(before[name]) !== JSON.stringify(after[name]));
}

function Changes({entry}) {
  const names = membersOf(entry);
  if (!names.length) return null;
  const {before, after} = entry;
  return html`<table class="diff"><caption class="sr">What changed</caption>
    <thead><tr><th scope="col"><span class="sr">Member</span></th>
      ${before && html`<th scope="col">Before</th>`}
      ${after && html`<th scope="col">After</th>`}</tr></thead>
    <tbody>${names.map(name => html`<tr key=${name}><th scope="row">${label(name)}</th>
      ${before && html`<td data-label="Before">${after
        ? html`<del>${shown(before[name])}</del>` : shown(before[name])}</td>`}
      ${after && html`<td data-label="After">${shown(after[name])}</td>`}</tr>`)}</tbody></table>`;
}

function Entry({entry}) {
  const to = placeOf(entry.object);
  return html`<li class="card"><div class="screen-head">
      <h2>${label(entry.action)} <span class="object">${to
        ? html`<${Link} to=${to}>${entry.object}</${Link}>` : entry.object}</span></h2>
      <span class="muted"><${Time} at=${entry.at} exact/></span></div>
    <p>by ${entry.actor ? html`<${Link} to=${`/admin/users/${entry.actor}`}>@${entry.actor_name}
      </${Link}>` : html`<strong>${entry.actor_name}</strong>`}
      ${entry.request_id && html`<span class="muted">, request
        ${' '}<code>${entry.request_id}</code></span>`}
    </p>
    <${Changes} entry=${entry}/></li>`;
}

export default function Audit({query}) {
  const {actor, action, object} = query;
  const load = useCursorList('/api/v1/admin/audit', {actor, action, object});
  const empty = html`<${Empty} title="No entry matches">Take a filter away, or look further back by
    <code> feedctl audit --since 90d</code>.</${Empty}>`;
  return html`<${Screen} title="Audit log">
    <div class="filters" role="search">${fields.map(([name, title, example]) => html`<${Filter}
      key=${name} name=${name} title=${title} example=${example} value=${query[name]}/>`)}</div>
    <${Loaded} load=${load}>${data => data.entries.length
      ? html`<ol class="entries">${data.entries.map(entry => html`<${Entry} key=${entry.id}
        entry=${entry}/>`)}</ol>` : empty}</${Loaded}>
    <${Pager} ...${load.pager}/></${Screen}>`;
}
