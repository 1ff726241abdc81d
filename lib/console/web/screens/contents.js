// The list of contents of all types.
import {
  Button, Empty, Field, Loaded, Pager, Screen, Select, Table, Time, go, html, setQuery, useLoad,
} from '../ui.js';
import {deleteContent} from './content_editor.js';
import {loadTypes} from './content_form.js';
import {FilterText, useNumberedList} from './numbered_list.js';

const columnsOf = (types, onDelete) => [
  {title: 'Title', key: 'title', to: each => `/admin/contents/${each.id}`, className: 'wide-cell'},
  {title: 'Type', render: each => types.find(({name}) => name === each.type)?.title ?? each.type},
  {title: 'Shown', render: each => each.counter.toLocaleString('en'), align: 'end'},
  {title: 'Changed', render: each => html`<${Time} at=${each.updated_at}/>`},
  {title: 'Actions', render: each => html`
    <${Button} kind="plain" onClick=${() => onDelete(each)}>Delete<span class="sr"> “${each.title}”
    </span></${Button}>`},
];

const add = () => go('/admin/contents/new');

const showAll = () => setQuery({search: '', type: '', page: ''});

function Nothing({filtered}) {
  if (filtered) return html`<${Empty} title="No content matches">
    <${Button} onClick=${showAll}>Show all contents</${Button}>
  </${Empty}>`;
  return html`<${Empty} title="Create your first content">
    <p>Pages are made of contents. One content may be on many pages.</p>
    <div class="empty-action"><${Button} kind="primary" onClick=${add}>New content</${Button}></div>
  </${Empty}>`;
}

export default function Contents({query}) {
  const {search = '', type = '', page} = query;
  const types = useLoad(() => loadTypes()).data ?? [];
  const list = useNumberedList('/api/v1/admin/contents', {search, type}, page);
  const filtered = Boolean(search || type);
  const isEmpty = list.data?.count === 0 && !filtered;
  const options = [{value: '', label: 'All'},
    ...types.map(({name, title}) => ({value: name, label: title}))];
  const remove = async content => {
    if (!await deleteContent(content)) return;
    list.reload();
    document.querySelector('main h1')?.focus();
  };
  return html`<${Screen} title="Contents" actions=${!isEmpty && html`
      <${Button} kind="primary" onClick=${add}>New content</${Button}>`}>
    ${!isEmpty && html`<div class="filters">
      <${FilterText} label="Search" name="search" value=${search} placeholder="Words of the title"/>
      <${Field} label="Type"><${Select} value=${type} options=${options}
        onChange=${value => setQuery({type: value, page: ''})}/></${Field}>
    </div>`}
    <${Loaded} load=${list}>${data => html`
      <${Table} caption="Contents" columns=${columnsOf(types, remove)} rows=${data.results}
        empty=${html`<${Nothing} filtered=${filtered}/>`}/>`}</${Loaded}>
    <${Pager} ...${list.pager}/>
  </${Screen}>`;
}
