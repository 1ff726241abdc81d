// The editor of one content: its members, the pages that show it, its counter.
import {api} from '../api.js';
import {
  Button, ErrorBox, Facts, Field, Link, Loading, Screen, Select, Time, confirmAction, go, html,
  toast, useEffect, useLoad, usePrompt, useState,
} from '../ui.js';
import {ContentForm, etagOf, loadTypes} from './content_form.js';

const back = {to: '/admin/contents', text: 'Contents'};

const pathOf = content => `/api/v1/admin/contents/${content.id}`;

const remove = (content, query) =>
  api.send('DELETE', pathOf(content) + query, undefined, {ifMatch: etagOf(content.version)});

async function pagesOf(content, refusal) {
  if (Array.isArray(refusal.body.pages)) return refusal.body.pages;
  return (await api.get(pathOf(content))).data.pages;
}

function PagesThatShow({pages}) {
  return html`<p>${pages.length === 1 ? 'This page shows' : 'These pages show'} it:</p>
    <ul>${pages.map(({id, title}) => html`<li key=${id}>${title}</li>`)}</ul>
    <p>“Unlink and delete” takes it off ${pages.length === 1 ? 'this page' : 'them'}, for readers
      too, and deletes it for good.</p>`;
}

const askAgain = (content, pages) => confirmAction({
  title: `“${content.title}” is in use`, confirm: 'Unlink and delete', danger: true,
  body: html`<${PagesThatShow} pages=${pages}/>`,
});

async function removeFrom(content) {
  try {
    await remove(content, '');
    return true;
  } catch (error) {
    if (error.status !== 409) throw error;
    if (!await askAgain(content, await pagesOf(content, error))) return false;
    await remove(content, '?unlink=true');
    return true;
  }
}

// Asks, and a second time where pages show the content. Resolves to true once it is gone.
export async function deleteContent(content) {
  const yes = await confirmAction({
    title: `Delete “${content.title}”?`, confirm: 'Delete content', danger: true,
    body: 'The content goes for good, with the count of how often it was shown.',
  });
  if (!yes) return false;
  try {
    const gone = await removeFrom(content);
    if (gone) toast(`“${content.title}” is deleted.`);
    return gone;
  } catch (error) {
    const changed = 'Someone else changed this content meanwhile. Look at it before you delete it.';
    toast(error.status === 412 ? changed : error.message, 'bad');
    return false;
  }
}

function PageLinks({pages}) {
  if (!pages.length) return html`<p class="muted">No page shows it.</p>`;
  return html`<ul class="plain-list">${pages.map(({id, title}) => html`<li key=${id}>
    <${Link} to="/admin/pages/${id}">${title}</${Link}></li>`)}</ul>`;
}

// Answers leave(path), which asks nothing: the content is saved or gone.
function useLeave(dirty) {
  const [path, setPath] = useState('');
  usePrompt(dirty && !path);
  useEffect(() => { if (path) go(path); }, [path]);
  return setPath;
}

function NewContent({types}) {
  const [type, setType] = useState(types[0]);
  const [dirty, setDirty] = useState(false);
  const leave = useLeave(dirty);
  const choose = name => setType(types.find(each => each.name === name));
  return html`<${Screen} title="New content" back=${back}>
    <section class="card narrow" aria-label="New content">
      <${Field} label="Type"><${Select} value=${type.name} onChange=${choose}
        options=${types.map(({name, title}) => ({value: name, label: title}))}/></${Field}>
      <${ContentForm} key=${type.name} type=${type} onReport=${form => setDirty(form.dirty)}
        onSaved=${({id}) => leave(`/admin/contents/${id}`)}/>
    </section></${Screen}>`;
}

function Editor({initial, types}) {
  const [content, setContent] = useState(initial);
  const [dirty, setDirty] = useState(false);
  const leave = useLeave(dirty);
  const type = types.find(({name}) => name === content.type);
  const pages = content.pages ?? initial.pages ?? [];
  const remove = async () => { if (await deleteContent(content)) leave('/admin/contents'); };
  return html`<${Screen} title=${content.title} back=${back} wide>
    <div class="editor">
      <section class="card" aria-label="Content">
        ${type ? html`<${ContentForm} type=${type} content=${content} onSaved=${setContent}
            onReport=${form => setDirty(form.dirty)}/>`
          : html`<p>Contents of the type “${content.type}” are not allowed by the configuration, so
              that they can be looked at and deleted only.</p>`}
      </section>
      <div class="editor-side">
        <section class="card" aria-labelledby="shown-on">
          <h2 id="shown-on">Pages that show it</h2>
          <${PageLinks} pages=${pages}/>
          ${pages.length > 1 && html`<p class="muted">A change is seen on all of them.</p>`}
        </section>
        <section class="card" aria-label="Facts">
          <${Facts} entries=${[['Type', type?.title ?? content.type],
            ['Times shown', content.counter.toLocaleString('en')],
            ['Changed', html`<${Time} at=${content.updated_at}/>`]]}/>
          <div class="delete"><${Button} onClick=${remove}>Delete content</${Button}></div>
        </section>
      </div>
    </div></${Screen}>`;
}

export default function ContentEditor({params}) {
  const id = params.id ?? 'new';
  const {data, error, reload} = useLoad(async ({signal}) => {
    const initial = params.id ? api.get(`/api/v1/admin/contents/${params.id}`, {signal}) : {};
    const [types, content] = await Promise.all([loadTypes(), initial]);
    return {id, types, content: content.data};
  }, [id]);
  const ready = data?.id === id && !error;
  if (ready && params.id)
    return html`<${Editor} key=${id} initial=${data.content} types=${data.types}/>`;
  const allowed = data?.types.filter(each => each.allowed !== false) ?? [];
  if (ready && allowed.length) return html`<${NewContent} types=${allowed}/>`;
  return html`<${Screen} title=${params.id ? 'Content' : 'New content'} back=${back}>
    ${error ? html`<${ErrorBox} error=${error} retry=${reload}/>`
      : ready ? html`<p>The configuration allows no type of content.</p>` : html`<${Loading}/>`}
  </${Screen}>`;
}
