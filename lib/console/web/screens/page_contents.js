// The contents of a page in their order: move by dragging or by buttons, edit, remove.
import {Button, html, useEffect, useRef, useState} from '../ui.js';
import {ContentForm, memberLabel} from './content_form.js';
import {useDragOrder} from './drag_order.js';

export const shownTimes = count =>
  `Shown ${count.toLocaleString('en')} ${count === 1 ? 'time' : 'times'}`;

export function Members({type, content}) {
  const members = type.members.filter(({name}) => content[name]);
  return html`<dl class="members">${members.map(({name, kind}) => html`<div key=${name}>
    <dt>${memberLabel(name)}</dt>
    <dd class=${kind}>${kind === 'url'
      ? html`<a href=${content[name]} target="_blank" rel="noreferrer">${content[name]}</a>`
      : content[name]}</dd></div>`)}</dl>`;
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
      onSaved=${content => { onContent(content); edit(item.key, false); }}/>`;
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
