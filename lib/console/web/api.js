// The API as the screens see it: JSON in and out, with the session's access token.
//
// Both functions resolve to {data, etag, status} and throw ApiError. Its status is 0 where no
// server was reached. A 401 renews the access token and tries once more.
import {ApiError, problemOf, reach} from './connection.js';
import {accessToken, renew} from './session.js';

export {ApiError};

async function request(method, path, {body, ifMatch, signal} = {}) {
  const headers = {Authorization: `Bearer ${await accessToken()}`};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (ifMatch) headers['If-Match'] = ifMatch;
  const init = {method, headers, cache: 'no-store'};
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  return reach(path, init);
}

async function exchange(method, path, options) {
  let response = await request(method, path, options);
  if (response.status === 401) {
    await renew();
    response = await request(method, path, options);
  }
  if (!response.ok) throw await problemOf(response);
  const type = response.headers.get('Content-Type') || '';
  const data = type.includes('json') ? await response.json() : null;
  return {data, etag: response.headers.get('ETag'), status: response.status};
}

// A path with the parameters that have a value.
export function withQuery(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  return query.size ? `${path}?${query}` : path;
}

export const api = {
  get: (path, {signal} = {}) => exchange('GET', path, {signal}),
  send: (method, path, body, {ifMatch, signal} = {}) =>
    exchange(method, path, {body, ifMatch, signal}),
};
