// The editor of one content: its members, the pages that show it, its counter.
import {api} from '../api.js';
import {
  Button, ErrorBox, Facts, Loading, Screen, Select, Field, Time, go, html, useEffect, useLoad,
  usePrompt, useState,
} from '../ui.js';
import {PageLinks, deleteContent} from './content_delete.js';
import {ContentForm, loadTypes} from './content_form.js';

const back = {to: '/admin/contents', text: 'Contents'};

// {leave(path), prompt}: leaves without a question once the content is saved or gone.
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
            ['Shown', content.counter === 1 ? 'once' : `${content.counter.toLocaleString('en')} times`],
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
  if (ready && data.types.length) return html`<${NewContent} types=${data.types}/>`;
  return html`<${Screen} title=${params.id ? 'Content' : 'New content'} back=${back}>
    ${error ? html`<${ErrorBox} error=${error} retry=${reload}/>`
      : ready ? html`<p>The configuration allows no type of content.</p>` : html`<${Loading}/>`}
  </${Screen}>`;
}
