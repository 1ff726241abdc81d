// The sessions of who is signed in.
import {api} from '../api.js';
import {signOut} from '../session.js';
import {Sessions} from '../session_list.js';
import {Button, Loaded, Screen, attempt, confirmAction, html, useLoad} from '../ui.js';

const path = '/auth/sessions';

async function endSession(session, reload) {
  const body = 'That device has to sign in again, within ten minutes at most.';
  if (!await confirmAction({title: 'End this session?', body, confirm: 'End session'})) return;
  await attempt(() => api.send('DELETE', `${path}/${session.id}`), 'The session has ended.');
  reload();
}

export default function OwnSessions() {
  const load = useLoad(({signal}) => api.get(path, {signal}).then(x => x.data.sessions));
  return html`<${Screen} title="Your sessions"
    actions=${html`<${Button} onClick=${() => attempt(signOut)}>Sign out</${Button}>`}>
    <p class="muted">Where you are signed in. End a session that you do not know.</p>
    <${Loaded} load=${load}>${sessions => html`<${Sessions} sessions=${sessions}
      onEnd=${session => endSession(session, load.reload)} empty="No session"/>`}</${Loaded}>
  </${Screen}>`;
}
