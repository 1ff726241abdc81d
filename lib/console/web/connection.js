// Requests that know whether the server can be reached.
//
// reach() is fetch with a time limit. A request that gets no answer throws an ApiError of status 0
// and marks the console as offline. Then /health/ is asked until it answers.

const timeLimit = 20000;
const listeners = new Set();
let reachable = true;
let probing = false;

export class ApiError extends Error {
  constructor(status, body = {}) {
    super(body.detail || body.title || `The server answered with status ${status}.`);
    this.status = status;
    this.title = body.title || '';
    this.detail = body.detail || '';
    this.errors = body.errors || [];
    this.body = body;
  }
}

export const isReachable = () => reachable;

// Calls listener(reachable) at each change; answers a function that ends this.
export function onConnection(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setReachable(value) {
  if (value === reachable) return;
  reachable = value;
  for (const listener of [...listeners]) listener(value);
  if (!value) probe();
}

export async function reach(path, init = {}) {
  try {
    const response = await fetch(path, {signal: AbortSignal.timeout(timeLimit), ...init});
    setReachable(true);
    return response;
  } catch (cause) {
    if (cause.name === 'AbortError') throw cause;
    setReachable(false);
    throw new ApiError(0, {title: 'No connection', detail: 'The server could not be reached.'});
  }
}

export async function problemOf(response) {
  const type = response.headers.get('Content-Type') || '';
  const body = type.includes('json') ? await response.json().catch(() => ({})) : {};
  return new ApiError(response.status, body);
}

export const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));

async function probe() {
  if (probing) return;
  probing = true;
  for (let wait = 1000; !reachable; wait = Math.min(wait * 1.5, 10000)) {
    await pause(wait);
    await reach('/health/', {cache: 'no-store'}).catch(() => {});
  }
  probing = false;
}

addEventListener('offline', () => setReachable(false));
