// The state of the page editor: what the server has, the draft on the screen, and saving.
import {api} from '../api.js';
import {toast, useRef, useState} from '../ui.js';
import {errorsByMember, etagOf} from './content_form.js';
import {changesOf, freshKey, fromAnswer, hasChanges, keysOf, merge} from './page_merge.js';

export const pagesPath = '/api/v1/admin/pages';
const blank = {title: '', state: 'draft', items: []};

// answer: of the API, or null for a new page.
function savedOf(answer, etag) {
  if (!answer) return {id: null, page: blank};
  return {...answer, etag: etag ?? etagOf(answer.version), page: fromAnswer(answer)};
}

export async function loadPage(id, signal) {
  const {data, etag} = await api.get(`${pagesPath}/${id}`, {signal});
  return savedOf(data, etag);
}

export const newPage = () => savedOf(null);

// What PATCH takes: only what the draft changes, so that the audit log shows only that.
function bodyOf(from, page) {
  const {title, state, added, removed, moved} = changesOf(from.page, page);
  const body = {};
  if (title || !from.id) body.title = page.title;
  if (state || !from.id) body.state = page.state;
  if (added.length + removed.length + moved.length || !from.id)
    body.contents = page.items.map(item => item.content.value);
  return body;
}

function send(from, page) {
  const body = bodyOf(from, page);
  if (!from.id) return api.send('POST', pagesPath, body);
  return api.send('PATCH', `${pagesPath}/${from.id}`, body, {ifMatch: from.etag});
}

// {title, state, items: {key: text}, other: error or null}: each error at its place.
function placedErrors(error, page) {
  const out = {items: {}, other: null};
  const placed = Object.entries(errorsByMember(error)).filter(([pointer, detail]) => {
    const [member, index] = pointer.split('/');
    if (member === 'contents' && page.items[index]) out.items[page.items[index].key] = detail;
    else if (member === 'title' || member === 'state') out[member] = detail;
    else return false;
    return true;
  });
  if (!placed.length || placed.length < error.errors.length) out.other = error;
  return out;
}

const noErrors = {items: {}, other: null};

// onCreated(id) after a new page was saved; onRefused() after errors were placed.
export function usePageDraft(initial, {onCreated, onRefused}) {
  const [saved, setSaved] = useState(initial);
  const [draft, setDraft] = useState(initial.page);
  const [errors, setErrors] = useState(noErrors);
  const [conflict, setConflict] = useState(null);
  const latest = useRef(draft);  // what an event after an await has to see

  const change = part => {
    latest.current = {...latest.current, ...part};
    setDraft(latest.current);
  };
  // What was changed while `sent` was on its way stays.
  const accept = (next, sent) => {
    setSaved(next);
    change(merge(sent, next.page, latest.current));
    setErrors(noErrors);
    setConflict(null);
  };
  const refuse = error => {
    setErrors(placedErrors(error, latest.current));
    onRefused();
    return false;
  };
  // Where the other editor changed nothing of the page itself, mine is saved without a question.
  const compare = async from => {
    const theirs = await loadPage(from.id);
    if (!hasChanges(changesOf(from.page, theirs.page))) return put(theirs);
    setConflict(theirs);
    return false;
  };
  const put = async from => {
    const sent = latest.current;
    try {
      const {data, etag} = await send(from, sent);
      accept(savedOf(data, etag), sent);
      toast(data.state === 'published' ? 'Saved. The page is public.' : 'Saved as a draft.');
      if (!from.id) onCreated(data.id);
      return true;
    } catch (error) {
      return error.status === 412 ? compare(from).catch(refuse) : refuse(error);
    }
  };
  const add = content => {
    const {items} = latest.current;
    change({items: [...items, {key: freshKey(content.value, new Set(keysOf(latest.current))),
      content}]});
    return items.length + 1;
  };
  // A content was saved or loaded: its places show it as it is now.
  const refresh = content => {
    const updated = page => ({...page, items: page.items.map(item =>
      item.content.value === content.value ? {...item, content} : item)});
    change(updated(latest.current));
    setSaved(old => ({...old, page: updated(old.page)}));
  };
  const keepMine = () => {
    const theirs = conflict;
    change(merge(saved.page, theirs.page, latest.current));
    setSaved(theirs);
    setConflict(null);
    return put(theirs);
  };
  const saveAsNew = () => put(newPage());
  return {
    saved, draft, errors, conflict, change, add, refresh, keepMine, saveAsNew,
    dirty: hasChanges(changesOf(saved.page, draft)),
    save: () => put(saved),
    takeTheirs: () => accept(conflict, draft),
    goOn: () => setConflict(null),
  };
}

// The forms of contents that are open on the screen, so that one Save saves them too.
export function useOpenForms() {
  const forms = useRef(new Map());
  const [dirty, setDirty] = useState(false);
  const report = (key, form) => {
    if (form) forms.current.set(key, form); else forms.current.delete(key);
    setDirty([...forms.current.values()].some(each => each.dirty));
  };
  const saveAll = async () => {
    for (const form of [...forms.current.values()])
      if (form.dirty && !await form.save()) return false;
    return true;
  };
  return {dirty, report, saveAll};
}
