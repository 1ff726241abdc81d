// The editor of a page: title, state and contents; one Save for all of it.
import {api} from '../api.js';
import {
  Badge, Button, ErrorBox, Field, Loading, Screen, TextInput, Time, confirmAction, go, html, toast,
  useEffect, useLoad, usePrompt, useRef, useState,
} from '../ui.js';
import Autocomplete from './autocomplete.js';
import {ConflictDialog, ContentForm, focusFirstError, loadTypes} from './content_form.js';
import PageContents, {PagePreview} from './page_contents.js';
import {loadPage, newPage, pagesPath, useOpenForms, usePageDraft} from './page_draft.js';
import {changesOf, keysOf, sentencesOf} from './page_merge.js';

const back = {to: '/admin/pages', text: 'Pages'};

const states = [
  {value: 'draft', label: 'Draft', means: 'Only editors see it, here in the console.'},
  {value: 'published', label: 'Published', means: 'Everyone can read it at its public address.'},
];

export function StateBadge({state}) {
  return html`<${Badge} kind=${state === 'published' ? 'ok' : ''}>
    ${states.find(({value}) => value === state)?.label ?? state}</${Badge}>`;
}

function StateChoice({value, error, onChange}) {
  return html`<fieldset class="states-choice" aria-describedby=${error && 'state-error'}>
    <legend>State</legend>
    ${states.map(state => html`<label key=${state.value}>
      <input type="radio" name="state" value=${state.value} checked=${state.value === value}
        aria-invalid=${error ? 'true' : null} onChange=${() => onChange(state.value)}/>
      <span><strong>${state.label}</strong>${' '}<span class="muted">${state.means}</span></span>
    </label>`)}
    ${error && html`<p class="field-error" id="state-error">${error}</p>`}
  </fieldset>`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast('The public address is copied.');
  } catch {
    toast(`The browser does not allow copying. The address is ${text}`, 'bad');
  }
}

function PublicAddress({saved}) {
  if (!saved.id) return html`<p class="muted">Saving gives the page its public address.</p>`;
  const isPublic = saved.state === 'published';
  return html`<div class="public-address">
    <div class="row">
      ${isPublic ? html`<a href=${saved.url} target="_blank" rel="noreferrer">Public address</a>`
        : html`<span>Public address</span>`}
      <${Button} onClick=${() => copy(saved.url)}>Copy<span class="sr"> the public address</span>
      </${Button}></div>
    <p class="muted">${isPublic ? 'Applications read the page there.'
      : 'It answers “not found” until the page is published.'}</p>
  </div>`;
}

// Creates a content of a chosen type, and adds it.
function NewContent({types, forms, onCreated}) {
  const [type, setType] = useState(null);
  const allowed = types.filter(each => each.allowed !== false);
  const close = () => {
    setType(null);
    forms.report('new', null);
    requestAnimationFrame(() => document.getElementById('new-content')?.focus());
  };
  if (type) return html`<div class="new-content" role="group" aria-label="New ${type.title}">
    <h3>New ${type.title}</h3>
    <${ContentForm} type=${type} autofocus onReport=${form => forms.report('new', form)}
      onCancel=${close} onSaved=${content => { onCreated(content); close(); }}/></div>`;
  return html`<div class="new-content-types" role="group" aria-labelledby="new-content">
    <p id="new-content" tabindex="-1">Or create a new one:</p>
    <div class="row">${allowed.map(each => html`<${Button} key=${each.name}
      onClick=${() => setType(each)}>New ${each.title}</${Button}>`)}</div></div>`;
}

function Undo({removed, onUndo}) {
  return html`<div class="undo" role="status">${removed && html`
    <span>“${removed.item.content.title}” is off this page; it stays under Contents.</span>
    <${Button} onClick=${onUndo}>Undo</${Button}>`}</div>`;
}

function Contents({editor, types, forms}) {
  const [removed, setRemoved] = useState([]);
  const [added, setAdded] = useState('');
  const {draft} = editor;
  const last = removed.filter(({item}) => !keysOf(draft).includes(item.key)).pop();
  const add = content => {
    const place = editor.add(content);
    setAdded(`“${content.title}” is added at place ${place}.`);
  };
  const pick = async ({value, text, type}) => {
    add({value, title: text, type});
    const {data} = await api.get(`/api/v1/admin/contents/${value.split(':')[1]}`);
    editor.refresh(data);
  };
  const remove = index => {
    setRemoved(all => [...all, {item: draft.items[index], index}]);
    editor.change({items: draft.items.filter((_, at) => at !== index)});
  };
  const undo = () => {
    const {item, index} = last;
    setRemoved(all => all.filter(each => each !== last));
    editor.change({items: draft.items.toSpliced(index, 0, item)});
    requestAnimationFrame(() => document.getElementById(`remove-${item.key}`)?.focus());
  };
  return html`<section class="card" aria-labelledby="contents-title">
    <h2 id="contents-title">Contents</h2>
    <${PageContents} items=${draft.items} types=${types} errors=${editor.errors.items}
      forms=${forms} onChange=${items => editor.change({items})} onContent=${editor.refresh}
      onRemove=${remove}/>
    <${Undo} removed=${last} onUndo=${undo}/>
    <${Autocomplete} label="Add a content" used=${draft.items.map(item => item.content.value)}
      onPick=${result => pick(result).catch(() => {})}/>
    <p class="sr" role="status">${added}</p>
    <${NewContent} types=${types} forms=${forms} onCreated=${add}/>
  </section>`;
}

async function deletePage(saved) {
  const count = saved.page.items.length;
  const contents = ['It has no contents.', 'Its content stays under Contents.'][count] ??
    `Its ${count} contents stay under Contents.`;
  const yes = await confirmAction({
    title: `Delete “${saved.page.title}”?`, confirm: 'Delete page', danger: true,
    body: `The page goes for good, and its public address answers “not found”. ${contents}`,
  });
  if (!yes) return;
  try {
    await api.send('DELETE', `${pagesPath}/${saved.id}`, undefined, {ifMatch: saved.etag});
    toast(`“${saved.page.title}” is deleted.`);
    return true;
  } catch (error) {
    const changed = 'Someone else saved this page meanwhile. Load it again before you delete it.';
    toast(error.status === 412 ? changed : error.message, 'bad');
  }
}

function SaveBar({editor, dirty, save, publish}) {
  const isPublic = editor.saved.state === 'published';
  return html`<div class="save-bar">
    <span class="muted" role="status">${dirty ? 'Not saved yet.'
      : editor.saved.id ? html`Saved <${Time} at=${editor.saved.updated_at}/>` : ''}</span>
    <div class="actions">
      <${Button} onClick=${publish}>${isPublic ? 'Unpublish'
        : dirty ? 'Save and publish' : 'Publish'}</${Button}>
      <${Button} kind="primary" disabled=${!dirty} onClick=${save}>Save</${Button}>
    </div></div>`;
}

function Conflict({editor}) {
  const {saved, draft, conflict} = editor;
  const theirs = changesOf(saved.page, conflict.page);
  const mine = changesOf(saved.page, draft);
  const clashes = ['title', 'state'].filter(name =>
    theirs[name] && mine[name] && conflict.page[name] !== draft[name]).map(name => `the ${name}`);
  if (theirs.moved.length && mine.moved.length) clashes.push('the order');
  return html`<${ConflictDialog} what="page" theirs=${sentencesOf(saved.page, conflict.page)}
    mine=${sentencesOf(saved.page, draft)} clashes=${clashes} onKeep=${editor.keepMine}
    onTake=${editor.takeTheirs} onClose=${editor.goOn}/>`;
}

function useSaveKey(save) {
  const latest = useRef(save);
  latest.current = save;
  useEffect(() => {
    const onKey = event => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      if (!document.querySelector('dialog[open]')) latest.current();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function Editor({initial, types}) {
  const element = useRef(null);
  const [leaveTo, setLeaveTo] = useState('');
  const forms = useOpenForms();
  const editor = usePageDraft(initial, {
    onCreated: id => setLeaveTo(`/admin/pages/${id}`),
    onRefused: () => focusFirstError(element.current),
  });
  const {saved, draft, errors} = editor;
  const dirty = editor.dirty || forms.dirty;
  usePrompt(dirty && !leaveTo);
  useEffect(() => {
    if (document.activeElement === document.body) document.querySelector('main h1')?.focus();
  }, []);
  useEffect(() => { if (leaveTo) go(leaveTo, {replace: leaveTo !== '/admin/pages'}); }, [leaveTo]);

  const saving = useRef(false);
  const alone = work => async () => {
    if (saving.current) return;
    saving.current = true;
    try { await work(); } finally { saving.current = false; }
  };
  const save = alone(async () => dirty && await forms.saveAll() && editor.save());
  const publish = alone(async () => {
    const isPublic = saved.state === 'published';
    if (isPublic && !await confirmAction({
      title: `Unpublish “${saved.page.title}”?`, confirm: 'Unpublish',
      body: `Readers get “not found” at its public address. The page stays here as a draft.${
        dirty ? ' What you changed is saved with it.' : ''}`,
    })) return;
    if (!await forms.saveAll()) return;
    editor.change({state: isPublic ? 'draft' : 'published'});
    await editor.save();
  });
  const remove = async () => { if (await deletePage(saved)) setLeaveTo('/admin/pages'); };
  useSaveKey(save);

  return html`<${Screen} title=${saved.id ? saved.page.title : 'New page'} back=${back} wide
      actions=${saved.id && html`<${StateBadge} state=${saved.state}/>`}>
    <div class="editor" ref=${element}>
      <div class="editor-main">
        ${errors.other && html`<${ErrorBox} error=${errors.other}/>`}
        ${errors.other?.status === 404 && html`<div class="notice warn">
          <p>Someone deleted this page. Your draft is still here.</p><${Button} onClick=${editor.saveAsNew}>Save as a new page
          </${Button}></div>`}
        <section class="card" aria-label="Title">
          <${Field} label="Title" error=${errors.title}><${TextInput} value=${draft.title}
            onInput=${title => editor.change({title})}/></${Field}>
        </section>
        <${Contents} editor=${editor} types=${types} forms=${forms}/>
      </div>
      <div class="editor-side">
        <section class="card" aria-label="State and address">
          <${StateChoice} value=${draft.state} error=${errors.state}
            onChange=${state => editor.change({state})}/>
          <${PublicAddress} saved=${saved}/>
          ${saved.id && html`<div class="delete">
            <${Button} onClick=${remove}>Delete page</${Button}></div>`}
        </section>
        <${PagePreview} page=${draft} types=${types}/>
      </div>
    </div>
    <${SaveBar} editor=${editor} dirty=${dirty} save=${save} publish=${publish}/>
    ${editor.conflict && html`<${Conflict} editor=${editor}/>`}
  </${Screen}>`;
}

export default function PageEditor({params}) {
  const id = params.id ?? 'new';
  const {data, error, reload} = useLoad(async ({signal}) => {
    const initial = params.id ? loadPage(params.id, signal) : newPage();
    const [types, page] = await Promise.all([loadTypes(), initial]);
    return {id, types, page};
  }, [id]);
  if (data?.id === id && !error)
    return html`<${Editor} key=${id} initial=${data.page} types=${data.types}/>`;
  return html`<${Screen} title="Page" back=${back}>
    ${error ? html`<${ErrorBox} error=${error} retry=${reload}/>` : html`<${Loading}/>`}
  </${Screen}>`;
}
