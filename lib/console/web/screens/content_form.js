// The form of a content, made from the members of its type. It creates and changes contents.
import {api} from '../api.js';
import {
  Button, ErrorBox, Field, TextArea, TextInput, html, sentence, toast, useEffect, useRef, useState,
} from '../ui.js';
import ConflictDialog from './conflict_dialog.js';

const contentsPath = '/api/v1/admin/contents';

let types = null;

// The content types of the configuration; loaded once.
export function loadTypes() {
  types ??= api.get('/api/v1/admin/content-types').then(({data}) => data.types);
  types.catch(() => { types = null; });
  return types;
}

export const etagOf = version => `"${version}"`;

// "subtitles_url" is shown as "Subtitles URL".
export function memberLabel(name) {
  const text = name.replaceAll('_', ' ').replace(/\b(url|id)\b/g, word => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The errors of a refused change by the pointers of its members: {"title": "..", "": ".."}.
export function errorsByMember(error) {
  return Object.fromEntries(error.errors.map(({pointer, detail}) =>
    [(pointer || '').replace(/^\//, ''), sentence(detail)]));
}

export function focusFirstError(element) {
  const focus = () => element?.querySelector('[aria-invalid=true], .row-error')?.focus();
  requestAnimationFrame(() => requestAnimationFrame(focus));
}

const namesOf = type => ['title', ...type.members.map(({name}) => name)];
const valuesOf = (type, content) =>
  Object.fromEntries(namesOf(type).map(name => [name, content?.[name] ?? '']));
const changedNames = (type, from, to) => namesOf(type).filter(name => from[name] !== to[name]);

// What the API takes: an optional member without a text is null.
function bodyOf(type, values, names) {
  const optional = new Set(type.members.filter(each => each.optional).map(({name}) => name));
  const value = name => optional.has(name) && !values[name].trim() ? null : values[name];
  return Object.fromEntries(names.map(name => [name, value(name)]));
}

const quoted = text => {
  if (!text) return 'nothing';
  return `“${text.length > 80 ? `${text.slice(0, 80)}…` : text}”`;
};
const sentences = (type, from, to) => changedNames(type, from, to).map(name =>
  `changed ${memberLabel(name)} from ${quoted(from[name])} to ${quoted(to[name])}`);

function MemberField({member, value, error, onInput, autofocus}) {
  const isText = member.kind === 'text' && member.name !== 'title';
  const hint = member.kind === 'url' ? 'A complete address, with https:// before it.' : null;
  const label = memberLabel(member.name);
  const input = useRef(null);
  useEffect(() => { if (autofocus) input.current.querySelector('input, textarea').focus(); }, []);
  return html`<div ref=${input}>
    <${Field} label=${member.optional ? `${label} (optional)` : label} hint=${hint} error=${error}>
      ${isText ? html`<${TextArea} rows=${5} value=${value} onInput=${onInput}/>`
        : html`<${TextInput} inputmode=${member.kind === 'url' ? 'url' : null} value=${value}
            onInput=${onInput}/>`}
    </${Field}></div>`;
}

// content: null creates one. onSaved(content); onReport({dirty, save}) after each rendering, so
// that the screen around the form can save it too; save resolves to true or false.
export function ContentForm({type, content, onSaved, onReport, onCancel, autofocus}) {
  const [base, setBase] = useState({content, values: valuesOf(type, content)});
  const [values, setValues] = useState(base.values);
  const [error, setError] = useState(null);
  const [conflict, setConflict] = useState(null);
  const form = useRef(null);
  const changed = changedNames(type, base.values, values);
  const dirty = changed.length > 0;

  const accept = saved => {
    const next = {content: saved, values: valuesOf(type, saved)};
    setBase(next);
    setValues(next.values);
    setError(null);
    setConflict(null);
    onSaved(saved);
  };
  // Where the other editor changed nothing that this form shows, mine is saved without a question.
  const compare = async wanted => {
    const {data} = await api.get(`${contentsPath}/${base.content.id}`);
    const theirs = {content: data, values: valuesOf(type, data)};
    if (!changedNames(type, base.values, theirs.values).length) return save(theirs, wanted);
    setConflict(theirs);
    return false;
  };
  const send = async (from, wanted) => {
    const names = content ? changedNames(type, from.values, wanted) : namesOf(type);
    const body = bodyOf(type, wanted, names);
    if (!content) return api.send('POST', contentsPath, {type: type.name, ...body});
    return api.send('PATCH', `${contentsPath}/${content.id}`, body,
      {ifMatch: etagOf(from.content.version)});
  };
  const fail = refusal => {
    setError(refusal);
    focusFirstError(form.current);
    return false;
  };
  const save = async (from = base, wanted = values) => {
    try {
      const {data} = await send(from, wanted);
      accept(data);
      toast(content ? `“${data.title}” is saved.` : `“${data.title}” is created.`);
      return true;
    } catch (refusal) {
      return refusal.status === 412 ? compare(wanted).catch(fail) : fail(refusal);
    }
  };
  useEffect(() => onReport?.({dirty, save}));

  const keep = () => {
    const merged = {...conflict.values};
    for (const name of changed) merged[name] = values[name];
    setBase(conflict);
    setValues(merged);
    setConflict(null);
    return save(conflict, merged);
  };
  const errors = error ? errorsByMember(error) : {};
  const members = [{name: 'title', kind: 'text'}, ...type.members];
  const isPlaced = Object.keys(errors).length > 0 &&
    Object.keys(errors).every(name => name in values);
  return html`<form ref=${form} class="content-form" novalidate
      onSubmit=${event => event.preventDefault()}>
    ${error && !isPlaced && html`<${ErrorBox} error=${error}/>`}
    ${members.map((member, index) => html`<${MemberField} key=${member.name} member=${member}
      value=${values[member.name]} error=${errors[member.name]} autofocus=${autofocus && !index}
      onInput=${text => setValues(all => ({...all, [member.name]: text}))}/>`)}
    <div class="actions">
      <${Button} kind="primary" type="submit" disabled=${content && !dirty}
          onClick=${() => save()}>
        ${content ? 'Save content' : 'Create content'}</${Button}>
      ${onCancel && html`<${Button} onClick=${onCancel}>Cancel</${Button}>`}
    </div>
    ${conflict && html`<${ConflictDialog} what="content" onKeep=${keep}
      theirs=${sentences(type, base.values, conflict.values)}
      mine=${sentences(type, base.values, values)}
      clashes=${changedNames(type, conflict.values, values).filter(name => changed.includes(name)
        && conflict.values[name] !== base.values[name]).map(memberLabel)}
      onTake=${() => accept(conflict.content)} onClose=${() => setConflict(null)}/>`}
  </form>`;
}
