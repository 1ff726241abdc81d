// The list of pages.
import {
  Button, Empty, Field, Loaded, Pager, Screen, Select, Table, Time, go, html, setQuery,
} from '../ui.js';
import {FilterText, useNumberedList} from './numbered_list.js';
import {StateBadge} from './page_editor.js';

const states = [
  {value: '', label: 'All'},
  {value: 'published', label: 'Published'},
  {value: 'draft', label: 'Draft'},
];

const columns = [
  {title: 'Title', key: 'title', to: page => `/admin/pages/${page.id}`, className: 'wide-cell'},
  {title: 'State', render: page => html`<${StateBadge} state=${page.state}/>`},
  {title: 'Contents', key: 'content_count', align: 'end'},
  {title: 'Changed', render: page => html`<${Time} at=${page.updated_at}/>`},
];

const add = () => go('/admin/pages/new');

const showAll = () => setQuery({search: '', state: '', page: ''});

function Nothing({filtered}) {
  if (filtered) return html`<${Empty} title="No page matches">
    <${Button} onClick=${showAll}>Show all pages</${Button}>
  </${Empty}>`;
  return html`<${Empty} title="Create your first page">
    <p>A page is a list of contents in an order that you choose.</p>
    <div class="empty-action"><${Button} kind="primary" onClick=${add}>New page</${Button}></div>
  </${Empty}>`;
}

export default function Pages({query}) {
  const {search = '', state = '', page} = query;
  const list = useNumberedList('/api/v1/admin/pages', {search, state}, page);
  const filtered = Boolean(search || state);
  const isEmpty = list.data?.count === 0 && !filtered;
  return html`<${Screen} title="Pages" actions=${!isEmpty && html`
      <${Button} kind="primary" onClick=${add}>New page</${Button}>`}>
    ${!isEmpty && html`<div class="filters">
      <${FilterText} label="Search" name="search" value=${search} placeholder="Words of the title"/>
      <${Field} label="State"><${Select} value=${state} options=${states}
        onChange=${value => setQuery({state: value, page: ''})}/></${Field}>
    </div>`}
    <${Loaded} load=${list}>${data => html`
      <${Table} caption="Pages" columns=${columns} rows=${data.results}
        empty=${html`<${Nothing} filtered=${filtered}/>`}/>`}</${Loaded}>
    <${Pager} ...${list.pager}/>
  </${Screen}>`;
}
