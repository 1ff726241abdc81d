// The session of this tab: who is signed in, and the access token.
//
// The refresh token is in a cookie that scripts cannot read. The access token is only in memory.
// Each sign-in, renewal and sign-out replaces the cookie, so a lock makes the tabs of a browser do
// them one after another: no late answer replaces a newer cookie.
import {ApiError, pause, problemOf, reach} from './connection.js';
import {confirmLeave, go} from './router.js';

// phase: starting, out, in, expired (the screen stays), failed (error says why).
let state = {phase: 'starting', user: null, providers: [], notice: '', error: null};
let token = '';
let expiresAt = 0;
let csrf = '';
let renewing = null;
const listeners = new Set();
const channel = 'BroadcastChannel' in window ? new BroadcastChannel('feedctl-console') : null;

export const getSession = () => state;

export function onSession(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function set(change) {
  state = {...state, ...change};
  for (const listener of [...listeners]) listener(state);
}

function enter(answer) {
  token = answer.access_token;
  expiresAt = Date.now() + (answer.expires_in - 30) * 1000;
  csrf = answer.csrf_token;
  set({phase: 'in', user: answer.user, notice: '', error: null});
}

function leave(providers, notice = '') {
  token = '';
  set({phase: state.phase === 'in' ? 'expired' : 'out', providers, notice});
}

async function ask(path, init) {
  const response = await reach(path, {cache: 'no-store', ...init});
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json();
}

const withToken = () => ({'X-CSRF-Token': csrf});

async function renewOnce() {
  let refusal = '';
  for (let attempt = 0; ; ++attempt) {
    const current = await ask('/admin/session');
    if (!current.signed_in) return leave(current.providers || [], refusal);
    csrf = current.csrf_token;
    try {
      return enter(await ask('/admin/session/refresh', {method: 'POST', headers: withToken()}));
    } catch (error) {
      if (![401, 403, 409].includes(error.status)) throw error;
      refusal = error.status === 403 ? error.detail : '';
      if (attempt === 3) return leave(state.providers, error.detail);
      await pause(200 * (attempt + 1));
    }
  }
}

const alone = run => navigator.locks?.request('feedctl-renew', run) ?? run();

// Gets a new access token; many callers share one renewal.
export function renew() {
  renewing ??= alone(renewOnce).finally(() => { renewing = null; });
  return renewing;
}

export async function accessToken() {
  if (Date.now() >= expiresAt) await renew();
  if (state.phase !== 'in') throw new ApiError(401, {title: 'Your session has ended'});
  return token;
}

const refusals = {
  access_denied: 'The provider did not sign you in, or your account is suspended.',
  temporarily_unavailable: 'The provider does not answer at the moment. Try again shortly.',
};

async function exchange(code) {
  const body = JSON.stringify({code, code_verifier: sessionStorage.getItem('verifier') || ''});
  const headers = {'Content-Type': 'application/json'};
  sessionStorage.removeItem('verifier');
  enter(await alone(() => ask('/admin/session', {method: 'POST', headers, body})));
  channel?.postMessage('signed in');
}

// Takes the result of a sign-in from the fragment, and goes to where the sign-in began.
async function finishSignIn() {
  const result = new URLSearchParams(location.hash.slice(1));
  const code = result.get('login_code');
  const refusal = result.get('login_error');
  if (!code && !refusal) return '';
  await go(sessionStorage.getItem('return') || '/admin/', {replace: true});
  if (refusal) return refusals[refusal] || 'The sign-in did not succeed. Please try again.';
  return exchange(code).then(() => '', error => error.message);
}

export async function start() {
  set({phase: 'starting', error: null});
  try {
    const notice = await finishSignIn();
    if (state.phase !== 'in') await renew();
    if (notice) set({notice});
  } catch (error) {
    set({phase: 'failed', error});
  }
}

const base64url = bytes => btoa(String.fromCharCode(...bytes))
  .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

// Signs in by the provider; in a new tab where this one has unsaved work.
export async function signIn(provider, newTab) {
  const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  sessionStorage.setItem('verifier', verifier);
  sessionStorage.setItem('return', location.pathname + location.search);
  const query = new URLSearchParams({return_to: '/admin/', scope: 'read write admin',
    code_challenge: base64url(new Uint8Array(digest))});
  const url = `/auth/login/${encodeURIComponent(provider)}?${query}`;
  if (newTab) open(url); else location.assign(url);
}

// The screen is cleared, too: browsers keep pages as they are left, for the button Back.
export async function signOut() {
  if (!await confirmLeave()) return;
  await renew();
  if (state.phase === 'in')
    await alone(() => ask('/admin/session', {method: 'DELETE', headers: withToken()}));
  channel?.postMessage('signed out');
  token = '';
  expiresAt = 0;
  set({phase: 'starting', user: null});
  await pause(0);
  location.assign('/admin/');
}

// A page that Back brings again may be older than the end of its session.
addEventListener('pageshow', ({persisted}) => {
  if (!persisted) return;
  expiresAt = 0;
  renew().catch(error => { if (state.phase === 'starting') set({phase: 'failed', error}); });
});

channel?.addEventListener('message', ({data}) => {
  if (data === 'signed in' && state.phase !== 'in') renew().catch(() => {});
  if (data === 'signed out') { expiresAt = 0; renew().catch(() => {}); }
});
