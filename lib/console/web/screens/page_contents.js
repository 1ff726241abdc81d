// The contents of a page in their order: move by dragging or by buttons, edit, remove; and how the
// page reads.
import {isLink} from '../links.js';
import {Button, html, useEffect, useRef, useState} from '../ui.js';
import {ContentForm, memberLabel} from './content_form.js';

const edge = 60;  // px from the edge of the window where the window scrolls

function scrollAtEdge(y) {
  if (y < edge) scrollBy(0, -12);
  if (y > innerHeight - edge) scrollBy(0, 12);
}

// The number of rows whose middle is above y.
function gapAt(rows, y) {
  return rows.filter(row => {
    const {top, height} = row.getBoundingClientRect();
    return y > top + height / 2;
  }).length;
}

// Reordering by dragging a handle, with a mouse, a pen or a finger. The rows stay where they are
// until the pointer is released; a line shows the new place. Escape ends it without a change.
//
// onDrop(from, to): indexes. Answers start(event, index) for the handle's onPointerDown, and
// classOf(index) for the rows, which are the children of the handle's nearest `ol`.
function useDragOrder(onDrop) {
  const [drag, setDrag] = useState(null);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);

  const start = (event, from) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const rows = [...event.currentTarget.closest('ol').children];
    let gap = from;
    const follow = ({clientY}) => {
      scrollAtEdge(clientY);
      gap = gapAt(rows, clientY);
      setDrag({from, gap, last: rows.length - 1});
    };
    const finish = ({type}) => {
      stop.current();
      const to = gap > from ? gap - 1 : gap;
      if (type === 'pointerup' && to !== from) onDrop(from, to);
    };
    const cancel = ({key}) => key === 'Escape' && stop.current();
    const listeners = {pointermove: follow, pointerup: finish, pointercancel: finish,
      keydown: cancel};
    stop.current = () => {
      for (const [name, each] of Object.entries(listeners)) removeEventListener(name, each);
      setDrag(null);
    };
    for (const [name, each] of Object.entries(listeners)) addEventListener(name, each);
    setDrag({from, gap, last: rows.length - 1});
  };

  const classOf = index => {
    if (!drag) return '';
    if (index === drag.from) return 'is-dragged';
    if (drag.gap === drag.from || drag.gap === drag.from + 1) return '';
    if (index === drag.gap) return 'drop-before';
    return index === drag.last && drag.gap > index ? 'drop-after' : '';
  };
  return {start, classOf};
}

const shownTimes = count =>
  `Shown ${count.toLocaleString('en')} ${count === 1 ? 'time' : 'times'}`;

const membersOf = (type, content) =>
  (type?.members ?? []).filter(({name}) => content[name]);

function Members({type, content}) {
  const shown = ({name, kind}) => (kind !== 'url' || !isLink(content[name]) ? content[name]
    : html`<a href=${content[name]} target="_blank" rel="noreferrer">${content[name]}</a>`);
  return html`<dl class="members">${membersOf(type, content).map(member => html`
    <div key=${member.name}><dt>${memberLabel(member.name)}</dt><dd>${shown(member)}</dd></div>`)}
  </dl>`;
}

// For screen readers: which content a button is about.
const about = title => html`<span class="sr"> “${title}”</span>`;

function Row({item, index, count, type, error, drag, editing, onMove, onEdit, onRemove, form}) {
  const {content, key} = item;
  const {title} = content;
  const move = (to, direction) => () => onMove(index, to, `${direction}-${key}`);
  return html`<li class="content-row ${drag.classOf(index)}">
    <span class="grip" title="Drag to another place" aria-hidden="true"
      onPointerDown=${event => drag.start(event, index)}>⠿</span>
    <div class="content-main">
      <div class="content-name">
        <span class="content-type">${type?.title ?? content.type}</span>
        <h3>${title}</h3>
        ${content.counter !== undefined &&
          html`<span class="muted content-counter">${shownTimes(content.counter)}</span>`}
      </div>
      ${type && !editing && html`<${Members} type=${type} content=${content}/>`}
      ${error && html`<p class="field-error row-error" tabindex="-1">${error}</p>`}
      <div class="row-actions">
        <${Button} id="up-${key}" disabled=${index === 0}
          onClick=${move(index - 1, 'up')}>Move up${about(title)}</${Button}>
        <${Button} id="down-${key}" disabled=${index === count - 1}
          onClick=${move(index + 1, 'down')}>Move down${about(title)}</${Button}>
        ${type && content.version && !editing && html`<${Button} id="edit-${key}"
          onClick=${onEdit}>Edit${about(title)}</${Button}>`}
        <${Button} id="remove-${key}" onClick=${onRemove}>Remove${about(title)}</${Button}>
      </div>
      ${editing && form}
    </div>
  </li>`;
}

// forms: of useOpenForms. onChange(items); onContent(content) after a content was saved.
export default function PageContents({items, types, errors, forms, onChange, onContent, onRemove}) {
  const [editing, setEditing] = useState(new Set());
  const [announced, setAnnounced] = useState('');
  const focusNext = useRef(null);
  useEffect(() => {
    if (focusNext.current) document.getElementById(focusNext.current)?.focus();
    focusNext.current = null;
  });

  const move = (from, to, focus = null) => {
    const next = [...items];
    next.splice(to, 0, ...next.splice(from, 1));
    focusNext.current = focus;
    setAnnounced(`“${items[from].content.title}” is now at place ${to + 1} of ${items.length}.`);
    onChange(next);
  };
  const drag = useDragOrder(move);
  const edit = (key, on) => {
    setEditing(all => {
      const next = new Set(all);
      if (on) next.add(key); else next.delete(key);
      return next;
    });
    forms.report(key, null);
    if (!on) focusNext.current = `edit-${key}`;
  };
  const remove = index => {
    const neighbour = items[index + 1] ?? items[index - 1];
    edit(items[index].key, false);
    focusNext.current = neighbour ? `remove-${neighbour.key}` : 'autocomplete-input';
    onRemove(index);
  };

  const row = (item, index) => {
    const type = types.find(({name}) => name === item.content.type);
    const isEditing = editing.has(item.key);
    const form = isEditing && html`<${ContentForm} type=${type} content=${item.content} autofocus
      onReport=${report => forms.report(item.key, report)}
      onCancel=${() => edit(item.key, false)}
      onSaved=${(content, isDone) => { onContent(content); if (isDone) edit(item.key, false); }}/>`;
    return html`<${Row} key=${item.key} item=${item} index=${index} count=${items.length}
      type=${type} error=${errors[item.key]} drag=${drag} editing=${isEditing} form=${form}
      onMove=${move} onEdit=${() => edit(item.key, true)} onRemove=${() => remove(index)}/>`;
  };
  return html`
    <p class="sr" role="status">${announced}</p>
    ${items.length > 0 ? html`<ol class="page-contents">${items.map(row)}</ol>`
      : html`<p class="muted nothing-yet">Nothing is on this page yet. Find a content below, or
          create one.</p>`}`;
}

function address(text) {
  try {
    const {hostname, pathname} = new URL(text);
    return `${hostname}${pathname}`;
  } catch {
    return text;
  }
}

function PreviewContent({content, type}) {
  const members = membersOf(type, content);
  return html`<section class="preview-content"><h4>${content.title}</h4>
    ${members.map(({name, kind}) => kind === 'url'
      ? html`<p><span class="muted">${memberLabel(name)}</span>${' '}
          <span class="preview-address">${address(content[name])}</span></p>`
      : html`<p class="preview-text">${content[name]}</p>`)}
  </section>`;
}

// How a page reads, by the draft on the screen.
export function PagePreview({page, types}) {
  return html`<section class="card preview" aria-labelledby="preview-title">
    <h2 id="preview-title">Preview</h2>
    <article>
      <h3>${page.title || 'A page without a title'}</h3>
      ${page.items.map(({key, content}) => html`<${PreviewContent} key=${key} content=${content}
        type=${types.find(({name}) => name === content.type)}/>`)}
      ${page.items.length === 0 && html`<p class="muted">The page is empty.</p>`}
    </article>
  </section>`;
}
