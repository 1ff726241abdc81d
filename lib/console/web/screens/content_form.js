// The form of a content, made from the members of its type, and what both editors share: errors at
// their fields, and the dialog of two who edit the same.
import {api} from '../api.js';
import {
  Button, Dialog, ErrorBox, Field, TextArea, TextInput, html, sentence, toast, useEffect, useRef,
  useState,
} from '../ui.js';

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

const listed = sentences => html`<ul>${sentences.map(each => html`<li>${each}</li>`)}</ul>`;

// For an editor whose save came second: what both changed, in words, and a choice. Closing keeps
// the draft as it is.
//
// what: "page" or "content". theirs, mine: sentences without a subject. clashes: names of what both
// changed differently.
export function ConflictDialog({what, theirs, mine, clashes, onKeep, onTake, onClose}) {
  const actions = html`
    <${Button} onClick=${onClose}>Go on editing</${Button}>
    <${Button} onClick=${onTake}>Take theirs</${Button}>
    <${Button} kind="primary" onClick=${onKeep}>Keep mine</${Button}>`;
  return html`<${Dialog} title="Someone else saved this ${what}" className="conflict"
      onClose=${onClose} actions=${actions}>
    <p>Nothing of yours is saved yet, and nothing of theirs is overwritten.</p>
    <h3>The other editor</h3>${listed(theirs)}
    <h3>You</h3>${listed(mine)}
    <dl class="choices">
      <div><dt>Keep mine</dt><dd>Saves your changes on top of theirs.
        ${clashes.length > 0 && html` You both changed ${clashes.join(' and ')}: yours stays.`}
      </dd></div>
      <div><dt>Take theirs</dt><dd>Drops your changes and shows the ${what} as they saved it.</dd>
      </div>
      <div><dt>Go on editing</dt><dd>Leaves your draft as it is. Saving asks again.</dd></div>
    </dl>
  </${Dialog}>`;
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

// content: null creates one. onSaved(content, isDone): not done where the form was changed while it
// was saved. onReport({dirty, save}) after each rendering, so
// that the screen around the form can save it too; save resolves to true or false.
export function ContentForm({type, content, onSaved, onReport, onCancel, autofocus}) {
  const [base, setBase] = useState({content, values: valuesOf(type, content)});
  const [values, setValues] = useState(base.values);
  const [error, setError] = useState(null);
  const [conflict, setConflict] = useState(null);
  const form = useRef(null);
  const latest = useRef(values);
  latest.current = values;
  const changed = changedNames(type, base.values, values);
  const dirty = changed.length > 0;

  // What was typed while `sent` was on its way stays.
  const accept = (saved, sent) => {
    const next = valuesOf(type, saved);
    const typed = changedNames(type, sent, latest.current);
    setBase({content: saved, values: next});
    setValues({...next, ...Object.fromEntries(typed.map(name => [name, latest.current[name]]))});
    setError(null);
    setConflict(null);
    onSaved(saved, !typed.length);
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
      accept(data, wanted);
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
    latest.current = merged;
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
      onTake=${() => accept(conflict.content, values)} onClose=${() => setConflict(null)}/>`}
  </form>`;
}
