// The keys that sign access tokens.
import {api} from '../api.js';
import {Badge, Button, Empty, Loaded, Screen, Table, Time, attempt, confirmAction, html,
  useLoad} from '../ui.js';

const path = '/api/v1/admin/keys';

const states = {
  next: ['info', 'is published, and signs as soon as everybody can know it'],
  signing: ['ok', 'signs all new access tokens'],
  verifying: ['', 'signs no more; its tokens are valid until they end'],
  expired: ['', 'its tokens have ended; the next rotation deletes it'],
};

function State({state}) {
  const [kind, meaning] = states[state] || ['', ''];
  return html`<${Badge} kind=${kind}>${state}</${Badge}> <span class="muted">${meaning}</span>`;
}

const columns = [
  {title: 'Key', render: key => html`<code>${key.kid}</code>`},
  {title: 'State', render: key => html`<${State} state=${key.state}/>`},
  {title: 'Made', render: key => html`<${Time} at=${key.created_at}/>`},
  {title: 'Signs from', render: key => html`<${Time} at=${key.signs_from} exact none="–"/>`},
  {title: 'Verifies until', render: key => html`<${Time} at=${key.verifies_until} exact
    none="no end yet"/>`},
];

const questions = {
  false: {
    title: 'Rotate the keys?', confirm: 'Rotate',
    body: 'A new key is made. It signs once everybody can know it, and the old one verifies until '
      + 'its last token has ended. Nobody notices.',
  },
  true: {
    title: 'Rotate at once?', confirm: 'Rotate at once', danger: true,
    body: 'The new key signs at once, and the old keys end. All access tokens stop being valid; '
      + 'clients renew theirs, and tokens made by feedctl users token have to be made again. '
      + 'This is for a key that others may have.',
  },
};

async function rotate(atOnce, reload) {
  if (!await confirmAction(questions[atOnce])) return;
  await attempt(() => api.send('POST', `${path}/rotate`, {at_once: atOnce}),
    'There is a new key.');
  reload();
}

const ByCommand = () => html`<div class="notice"><p class="notice-title">Rotate by the command
  line</p><p>This server's database role may not change keys. On a machine with
  <code> database.owner_url</code>, run <code>feedctl keys rotate</code>. With
  <code> --at-once</code> the old keys end at once: for a key that others may have.</p></div>`;

export default function Keys() {
  const load = useLoad(({signal}) => api.get(path, {signal}).then(x => x.data));
  const actions = load.data?.can_rotate && html`
    <${Button} onClick=${() => rotate(true, load.reload)}>Rotate at once…</${Button}>
    <${Button} kind="primary" onClick=${() => rotate(false, load.reload)}>Rotate…</${Button}>`;
  const empty = html`<${Empty} title="No keys">
    <code>feedctl migrate up</code> makes the first one.</${Empty}>`;
  return html`<${Screen} title="Keys" actions=${actions}>
    <p class="muted">These keys sign the access tokens of everybody who is signed in.</p>
    <${Loaded} load=${load}>${data => html`<div class="screen">
      <${Table} caption="Signing keys" columns=${columns} rows=${data.keys} empty=${empty}
        rowKey=${key => key.kid}/>
      ${!data.can_rotate && html`<${ByCommand}/>`}</div>`}</${Loaded}></${Screen}>`;
}
