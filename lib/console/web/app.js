// The shell: sign-in, navigation, the screen of the path, dialogs, toasts, the offline banner.
import {render, useErrorBoundary} from './vendor/htm-preact.mjs';
import {isReachable, onConnection, reach} from './connection.js';
import {Dialog, DialogHost, ToastHost} from './dialogs.js';
import {hasUnsavedWork, useLocation} from './router.js';
import {findScreen, maySee, screens} from './screens.js';
import {getSession, onSession, signOut, start} from './session.js';
import SignIn, {Providers} from './screens/sign_in.js';
import {Badge, Button, Empty, ErrorBox, Link, Loading, Screen, Select, attempt, html, useEffect,
  useRef, useState} from './ui.js';

function useSession() {
  const [state, setState] = useState(getSession());
  useEffect(() => onSession(setState), []);
  return state;
}

function OfflineBanner() {
  const [up, setUp] = useState(isReachable());
  useEffect(() => onConnection(setUp), []);
  return html`<div role="status">${!up && html`<p class="offline">
    <strong>No connection to the server.</strong> What you see may be old. The console tries again
    by itself.</p>`}</div>`;
}

function ThemeSwitch() {
  const [theme, setTheme] = useState(window.feedctlTheme.get());
  const change = value => { window.feedctlTheme.set(value); setTheme(value); };
  const options = [{value: 'system', label: 'System theme'}, {value: 'light', label: 'Light theme'},
    {value: 'dark', label: 'Dark theme'}];
  return html`<${Select} aria-label="Theme" value=${theme} onChange=${change} options=${options}/>`;
}

function Navigation({user, path, onFollow, id = 'side'}) {
  const shown = screens.filter(each => each.group && maySee(user, each));
  const groups = [...new Set(shown.map(each => each.group))];
  const isHere = each => each.path === path || (each.path !== '/admin/' &&
    path.startsWith(`${each.path}/`));
  return html`<nav aria-label="Console">${groups.map(group => html`<div class="nav-group">
    <h2 id="${id}-${group}">${group}</h2><ul aria-labelledby="${id}-${group}">
    ${shown.filter(each => each.group === group).map(each => html`<li key=${each.path}><${Link}
      to=${each.path} onClick=${onFollow} aria-current=${isHere(each) ? 'page' : null}>${each.title}
      </${Link}></li>`)}</ul></div>`)}</nav>`;
}

function Account({user}) {
  return html`<div class="account">
    <p><strong>@${user.handle}</strong> <${Badge}>${user.role}</${Badge}></p>
    <${ThemeSwitch}/>
    <${Button} onClick=${() => attempt(signOut)}>Sign out</${Button}></div>`;
}

const Brand = () => html`<${Link} class="brand" to="/admin/">feedctl</${Link}>`;

// On narrow screens the navigation is a drawer, a modal dialog.
function Frame({user, path, children}) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);
  return html`
    <a class="skip" href="#main" onClick=${event => { event.preventDefault();
      document.getElementById('main').focus(); }}>Skip to the content</a>
    <header class="top"><${Brand}/>
      <${Button} aria-haspopup="dialog" onClick=${() => setOpen(true)}>Menu</${Button}></header>
    ${open && html`<${Dialog} title="Menu" className="drawer" onClose=${close}
        actions=${html`<${Button} onClick=${close}>Close</${Button}>`}>
      <${Navigation} user=${user} path=${path} onFollow=${close} id="drawer"/>
      <${Account} user=${user}/>
    </${Dialog}>`}
    <div class="frame">
      <header class="side"><${Brand}/><${Navigation} user=${user} path=${path}/>
        <${Account} user=${user}/></header>
      <main id="main" tabindex="-1"><${OfflineBanner}/>${children}</main>
    </div>`;
}

// The modules that were loaded, by screen; a loaded one is shown without a skeleton.
const loaded = new Map();

function useModule(screen) {
  const [, show] = useState(0);
  const [error, setError] = useState(null);
  const load = () => {
    setError(null);
    screen.load().then(module => { loaded.set(screen, module.default); show(Math.random()); },
      // Asking for anything else tells a lost connection from a module that is broken.
      cause => reach('/health/').then(() => setError(cause), setError));
  };
  useEffect(() => { if (!loaded.has(screen)) load(); }, [screen]);
  useEffect(() => onConnection(up => { if (up && error) load(); }), [error]);
  return {component: loaded.get(screen), error, load};
}

function ScreenOf({screen, params, query, user}) {
  const {component: Shown, error, load} = useModule(screen);
  const [failure, reset] = useErrorBoundary(cause => console.error(cause));
  const isFirst = useRef(!document.activeElement || document.activeElement === document.body);
  useEffect(() => {
    if (!Shown || isFirst.current) return;
    const target = document.querySelector('main h1') || document.getElementById('main');
    target.tabIndex = -1;
    target.focus({preventScroll: true});
  }, [Shown]);
  if (failure) return html`<${Screen} title=${screen.title}>
    <${ErrorBox} error=${failure} retry=${reset}/></${Screen}>`;
  if (error) return html`<${Screen} title=${screen.title}>
    <${ErrorBox} error=${error} retry=${load}/></${Screen}>`;
  if (!Shown) return html`<${Screen} title=${screen.title}><${Loading}/></${Screen}>`;
  return html`<${Shown} params=${params} query=${query} user=${user}/>`;
}

function Forbidden({screen, user}) {
  return html`<${Screen} title=${screen.title}><${Empty}
    title="This screen is for admins">You are signed in as @${user.handle} with the role
    ${' '}${user.role}. An admin may give you another role under Users.</${Empty}></${Screen}>`;
}

function Missing() {
  return html`<${Screen} title="No such screen"><${Empty} title="There is nothing at this address">
    <${Link} to="/admin/">Go to the first screen</${Link}></${Empty}></${Screen}>`;
}

function Current({url, user}) {
  const found = findScreen(url.pathname);
  if (!found) return html`<${Missing}/>`;
  const isHome = found.screen.path === '/admin/';
  const {screen, params} = isHome && user.role === 'editor' ? findScreen('/admin/pages') : found;
  if (!maySee(user, screen)) return html`<${Forbidden} screen=${screen} user=${user}/>`;
  return html`<${ScreenOf} key=${url.pathname} screen=${screen} params=${params}
    query=${Object.fromEntries(url.searchParams)} user=${user}/>`;
}

// What is on the screen stays where there is unsaved work; else the sign-in takes its place.
function SessionEnded({session}) {
  return html`<${Dialog} title="Your session has ended"><p>Sign in again in a new tab. Then go on
    here: what you have not saved is still in this one.</p>
    <${Providers} providers=${session.providers} newTab/></${Dialog}>`;
}

function App() {
  const session = useSession();
  const url = useLocation();
  const {phase, user} = session;
  const isKept = phase === 'expired' && hasUnsavedWork();
  if (phase === 'starting') return html`<main class="alone"><${Loading} rows=${2}/></main>`;
  if (phase === 'failed') return html`<main class="alone"><h1>feedctl</h1><${OfflineBanner}/>
    <${ErrorBox} error=${session.error} retry=${start}/></main>`;
  if (phase === 'out' || (phase === 'expired' && !isKept))
    return html`<${SignIn} session=${session}/>`;
  return html`<${Frame} user=${user} path=${url.pathname}>
      <${Current} url=${url} user=${user}/></${Frame}>
    ${isKept && html`<${SessionEnded} session=${session}/>`}`;
}

onConnection(up => { if (up && getSession().phase === 'failed') start(); });
render(html`<${App}/><${DialogHost}/><${ToastHost}/>`, document.getElementById('app'));
start();
