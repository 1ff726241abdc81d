// Users: the list, and one user with role, suspension and sign-ins.
import {api} from '../api.js';
import {number} from '../format.js';
import {Sessions} from '../session_list.js';
import {Badge, Button, Empty, Facts, Field, Link, Loaded, Pager, Screen, Select, Table, TextInput,
  Time, attempt, confirmAction, html, setQuery, useCursorList, useDebounced, useLoad,
  useState} from '../ui.js';

const path = '/api/v1/admin/users';
const roleKinds = {admin: 'info', editor: 'info'};

const RoleBadge = ({role}) => html`<${Badge} kind=${roleKinds[role]}>${role}</${Badge}>`;
const StateBadge = ({user}) => user.suspended_at
  ? html`<${Badge} kind="bad">suspended</${Badge}>` : html`<${Badge} kind="ok">active</${Badge}>`;

// Beside the handle, which says whose it is. Nobody sees that of a suspended user.
const Avatar = ({user}) => user.avatar && !user.suspended_at
  ? html`<img class="avatar" src=${user.avatar} alt="" width="24" height="24" loading="lazy"/>`
  : html`<span class="avatar"></span>`;

const columns = [
  {title: 'Handle', render: user => html`<${Avatar} user=${user}/>@${user.handle}`, to: user => `/admin/users/${user.id}`},
  {title: 'Name', key: 'name'},
  {title: 'Role', render: user => html`<${RoleBadge} role=${user.role}/>`},
  {title: 'State', render: user => html`<${StateBadge} user=${user}/>`},
  {title: 'Followers', render: user => number(user.followers), align: 'end'},
  {title: 'Last seen', render: user => html`<${Time} at=${user.last_seen_at}/>`},
  {title: 'Joined', render: user => html`<${Time} at=${user.created_at}/>`},
];

const any = label => ({value: '', label});

function Filters({query}) {
  const search = useDebounced(text => setQuery({search: text}));
  return html`<div class="filters" role="search">
    <${Field} label="Search"><${TextInput} type="search" value=${query.search || ''}
      placeholder="Handle or name" onInput=${search}/></${Field}>
    <${Field} label="Role"><${Select} value=${query.role || ''}
      onChange=${role => setQuery({role})}
      options=${[any('Every role'), 'user', 'editor', 'admin']}/></${Field}>
    <${Field} label="State"><${Select} value=${query.state || ''}
      onChange=${state => setQuery({state})}
      options=${[any('Every state'), 'active', 'suspended']}/></${Field}>
  </div>`;
}

function List({query}) {
  const {search, role, state} = query;
  const load = useCursorList(path, {search, role, state});
  const empty = html`<${Empty} title="No user matches">
    Search for the beginning of a handle or a name, or take the filters away.</${Empty}>`;
  return html`<${Screen} title="Users"><${Filters} query=${query}/>
    <${Loaded} load=${load}>${data => html`<${Table} caption="Users" columns=${columns}
      rows=${data.users} empty=${empty}/>`}</${Loaded}>
    <${Pager} ...${load.pager}/></${Screen}>`;
}

const change = async (run, done, reload) => await attempt(run, done) && reload();

const meanings = {
  user: 'may read and post, and has no access to the console',
  editor: 'may edit pages and contents in the console',
  admin: 'may do all in the console: suspend users, hide posts, rotate keys, give roles',
};

function Role({shown, reload}) {
  const [role, setRole] = useState(shown.role);
  const save = async () => {
    const body = `With this role @${shown.handle} ${meanings[role]}. It takes effect at once.`;
    const title = `Make @${shown.handle} ${role === 'user' ? 'a' : 'an'} ${role}?`;
    if (!await confirmAction({title, body, confirm: 'Change role'})) return;
    await change(() => api.send('PATCH', `${path}/${shown.id}`, {role}),
      `@${shown.handle} has the role ${role}.`, reload);
  };
  return html`<${Field} label="New role" hint=${`Who has this role ${meanings[role]}.`}>
      <${Select} value=${role} onChange=${setRole} options=${['user', 'editor', 'admin']}/>
    </${Field}><div class="row"><${Button} disabled=${role === shown.role} onClick=${save}>Change
      role</${Button}></div>`;
}

function Suspension({shown, reload}) {
  const act = (verb, body, done) => change(
    () => api.send('POST', `/v1/users/${shown.id}/${verb}`, body), done, reload);
  const suspend = async () => {
    const answer = await confirmAction({
      title: `Suspend @${shown.handle}?`, danger: true, confirm: 'Suspend',
      body: 'All sign-ins end at once, and nobody sees the profile and the posts. Nothing is '
        + 'deleted: reinstating brings back all of it.',
      field: {label: 'Reason (optional)', hint: 'It is in the audit log, and admins see it here.'},
    });
    if (answer) await act('suspend', answer.text ? {reason: answer.text} : {},
      `@${shown.handle} is suspended.`);
  };
  const reinstate = async () => {
    const body = 'The profile and the posts are shown again, and its owner may sign in.';
    const title = `Reinstate @${shown.handle}?`;
    if (await confirmAction({title, body, confirm: 'Reinstate'}))
      await act('reinstate', {}, `@${shown.handle} is reinstated.`);
  };
  if (!shown.suspended_at) return html`<p class="muted">The account is active.</p>
    <div class="row"><${Button} onClick=${suspend}>Suspend…</${Button}></div>`;
  return html`<p>Suspended <${Time} at=${shown.suspended_at}/>. Reason:
    ${' '}${shown.suspended_reason || 'none given'}.</p>
    <div class="row"><${Button} kind="primary" onClick=${reinstate}>Reinstate…</${Button}></div>`;
}

function SignIns({shown, reload}) {
  const sessions = `${path}/${shown.id}/sessions`;
  const end = session => change(() => api.send('DELETE', `${sessions}/${session.id}`),
    'The session has ended.', reload);
  const endAll = async () => {
    const body = `@${shown.handle} has to sign in again on every device. Work that is not saved `
      + 'there may be lost.';
    const title = `End all sessions of @${shown.handle}?`;
    if (await confirmAction({title, body, confirm: 'End all', danger: true}))
      await change(() => api.send('DELETE', sessions), 'All sessions have ended.', reload);
  };
  return html`<section class="screen" aria-label="Sessions">
    <div class="screen-head"><h2>Sessions</h2>
    ${shown.sessions?.length > 0 && html`<${Button} onClick=${endAll}>End all…</${Button}>`}</div>
    <${Sessions} sessions=${shown.sessions || []} onEnd=${end}
      empty="Not signed in anywhere"/></section>`;
}

function Detail({shown, user, reload}) {
  const isOwn = shown.id === user.id;
  return html`<div class="screen">
    <div class="card"><div class="row"><${Avatar} user=${shown}/><${RoleBadge} role=${shown.role}/>
      <${StateBadge} user=${shown}/></div>
      <${Facts} entries=${[['Name', shown.name || 'none'], ['Id', shown.id],
        ['Followers', number(shown.followers)], ['Following', number(shown.following)],
        ['Joined', html`<${Time} at=${shown.created_at}/>`],
        ['Last seen', html`<${Time} at=${shown.last_seen_at}/>`]]}/>
      <p><${Link} to=${`/admin/audit?object=user:${shown.id}`}>What was changed here</${Link}></p>
    </div>
    ${isOwn && html`<div class="notice"><p>This is your own account. Another admin may change your
      role or suspend you. Your sessions are under <${Link} to="/admin/sessions">Your
      sessions</${Link}>.</p></div>`}
    ${!isOwn && html`<div class="columns">
      <section class="card"><h2>Role</h2>
        <${Role} key=${shown.role} shown=${shown} reload=${reload}/></section>
      <section class="card"><h2>Suspension</h2>
        <${Suspension} shown=${shown} reload=${reload}/></section></div>
      <${SignIns} shown=${shown} reload=${reload}/>`}
  </div>`;
}

function One({id, user}) {
  const load = useLoad(({signal}) => api.get(`${path}/${id}`, {signal}).then(x => x.data), [id]);
  return html`<${Screen} title=${load.data ? `@${load.data.handle}` : 'User'}
    back=${{to: '/admin/users', text: 'Users'}}>
    <${Loaded} load=${load}>${shown => html`<${Detail} shown=${shown} user=${user}
      reload=${load.reload}/>`}</${Loaded}></${Screen}>`;
}

export default function Users({params, query, user}) {
  return params.id ? html`<${One} id=${params.id} user=${user}/>` : html`<${List} query=${query}/>`;
}
