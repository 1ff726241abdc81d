// Dead events: events and jobs that workers gave up. Each is tried again, or dropped.
import {api} from '../api.js';
import {label, shown} from '../format.js';
import {Button, Empty, Facts, Link, Loaded, Pager, Screen, Table, Time, attempt, confirmAction, go,
  html, useCursorList, useLoad} from '../ui.js';

const path = '/api/v1/admin/dead-events';

const firstLine = text => text.split('\n', 1)[0];

const columns = [
  {title: 'Event', key: 'type', to: dead => `/admin/dead-events/${dead.id}`},
  {title: 'Object', key: 'object'},
  {title: 'Error', render: dead => firstLine(dead.error)},
  {title: 'Attempts', key: 'attempts', align: 'end'},
  {title: 'Given up', render: dead => html`<${Time} at=${dead.died_at}/>`},
];

function List() {
  const load = useCursorList(path, {});
  const empty = html`<${Empty} title="No dead events">
    Workers have handled every event. One that fails again and again comes here.</${Empty}>`;
  return html`<${Screen} title="Dead events"
    actions=${html`<${Button} onClick=${load.reload}>Reload</${Button}>`}>
    <p class="muted">Workers gave these up. Mend the cause, then retry them: until then, what they
      should have changed is not changed.</p>
    <${Loaded} load=${load}>${data => html`<${Table} caption="Dead events" columns=${columns}
      rows=${data.dead_events} empty=${empty}/>`}</${Loaded}>
    <${Pager} ...${load.pager}/></${Screen}>`;
}

const act = async (run, done) => await attempt(run, done) && go('/admin/dead-events');

const retry = dead => act(() => api.send('POST', `${path}/${dead.id}/retry`),
  `${dead.type} goes to a worker again. If it fails, it comes back here.`);

async function drop(dead) {
  const body = `${dead.type}${dead.object ? ` of ${dead.object}` : ''} is deleted for good, and no `
    + 'worker handles it any more. What it should have changed (home feeds, counters, rankings) '
    + 'stays as it is. feedctl verify finds such gaps.';
  const title = 'Drop this event?';
  if (await confirmAction({title, body, confirm: 'Drop for good', danger: true}))
    await act(() => api.send('DELETE', `${path}/${dead.id}`), `${dead.type} is dropped.`);
}

const Actor = ({id}) => id
  ? html`<${Link} to=${`/admin/users/${id}`}>user ${id}</${Link}>` : 'none';

function Detail({dead}) {
  const members = Object.entries(dead.event || {});
  return html`<div class="screen">
    <p><code>feedctl ${dead.consumer}</code> tried <strong>${dead.type}</strong>
      ${' '}${dead.attempts} ${dead.attempts === 1 ? 'time' : 'times'} and gave up
      ${' '}<${Time} at=${dead.died_at}/>.</p>
    <section class="card"><h2>Last error</h2><p class="error-text">${dead.error}</p></section>
    <section class="card"><h2>Event</h2><${Facts} entries=${[
      ['Object', dead.object], ['Actor', html`<${Actor} id=${dead.actor}/>`],
      ['Crashes', dead.crashes],
      ['Happened', html`<${Time} at=${dead.created_at} exact/>`],
      ['Given up', html`<${Time} at=${dead.died_at} exact/>`], ['Number', dead.id]]}/></section>
    ${members.length > 0 && html`<section class="card"><h2>Members</h2><${Facts}
      entries=${members.map(([name, value]) => [label(name), shown(value)])}/></section>`}
  </div>`;
}

function One({id}) {
  const load = useLoad(({signal}) => api.get(`${path}/${id}`, {signal}).then(x => x.data), [id]);
  const dead = load.data;
  const actions = dead && html`<${Button} onClick=${() => drop(dead)}>Drop…</${Button}>
    <${Button} kind="primary" onClick=${() => retry(dead)}>Retry</${Button}>`;
  return html`<${Screen} title=${dead ? `Dead event: ${dead.type}` : 'Dead event'}
    back=${{to: '/admin/dead-events', text: 'Dead events'}} actions=${actions}>
    <${Loaded} load=${load}>${data => html`<${Detail} dead=${data}/>`}</${Loaded}></${Screen}>`;
}

export default function DeadEvents({params}) {
  return params.id ? html`<${One} id=${params.id}/>` : html`<${List}/>`;
}
