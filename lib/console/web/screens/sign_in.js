// The sign-in: at first, and after the session has ended.
import {signIn} from '../session.js';
import {Button, attempt, html, sentence, setTitle, useEffect} from '../ui.js';

export function Providers({providers, newTab}) {
  const begin = name => attempt(() => signIn(name, newTab));
  return html`<div class="providers">${providers.map(each => html`<${Button} kind="primary"
    onClick=${() => begin(each.name)}>Sign in with ${each.display_name || each.name}</${Button}>`)}
  </div>`;
}

const NoProvider = () => html`<div class="notice warn">
  <p class="notice-title">Nobody can sign in yet</p><p>This server has no sign-in provider. Add one
  under <code>oidc</code> in the configuration, then reload this page. <code>feedctl doctor</code>
  says what is missing.</p></div>`;

const NotSecure = () => html`<div class="notice warn">
  <p class="notice-title">This address is not secure</p><p>Browsers keep sessions only for HTTPS and
  for <code>localhost</code>. Open the console by one of them.</p></div>`;

function Ways({providers}) {
  if (!isSecureContext) return html`<${NotSecure}/>`;
  return providers.length ? html`<${Providers} providers=${providers}/>` : html`<${NoProvider}/>`;
}

export default function SignIn({session}) {
  useEffect(() => setTitle('Sign in'), []);
  const ended = session.phase === 'expired';
  return html`<main class="alone"><h1>feedctl console</h1>
    ${session.notice && html`<div class="notice bad" role="alert">
      <p>${sentence(session.notice)}</p></div>`}
    <p class="muted">${ended ? 'Your session has ended. Sign in again to go on where you were.'
      : 'Sign in with an account that is an editor or an admin.'}</p>
    <${Ways} providers=${session.providers}/></main>`;
}
