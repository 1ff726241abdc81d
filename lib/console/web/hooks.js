// Loading of data for screens.
import {useEffect, useRef, useState} from './vendor/htm-preact.mjs';
import {api, withQuery} from './api.js';
import {onConnection} from './connection.js';

// Runs fn({signal}) at first and whenever deps change. What was loaded stays while it loads again.
// An error of a lost connection is tried again as soon as the server can be reached.
export function useLoad(fn, deps = []) {
  const [state, setState] = useState({data: null, error: null, loading: true});
  const [turn, setTurn] = useState(0);
  const reload = () => setTurn(number => number + 1);
  useEffect(() => {
    const control = new AbortController();
    const finish = change => control.signal.aborted || setState(
      old => ({...old, loading: false, error: null, ...change}));
    setState(old => ({...old, loading: true}));
    Promise.resolve().then(() => fn({signal: control.signal}))
      .then(data => finish({data}), error => finish({error}));
    return () => control.abort();
  }, [...deps, turn]);
  useEffect(() => onConnection(up => { if (up && state.error?.status === 0) reload(); }),
    [state.error]);
  return {...state, reload, setData: data => setState(old => ({...old, data}))};
}

// A list that pages by cursor. Other filters begin at the first page.
// Answers what useLoad does, and `pager`, the properties of a Pager.
export function useCursorList(path, filters) {
  const key = withQuery(path, filters);
  const [visited, setVisited] = useState({key, cursors: ['']});
  const cursors = visited.key === key ? visited.cursors : [''];
  const cursor = cursors[cursors.length - 1];
  const load = useLoad(
    ({signal}) => api.get(withQuery(path, {...filters, cursor}), {signal}).then(x => x.data),
    [key, cursor]);
  const move = next => setVisited({key, cursors: next});
  const next = load.data?.next_cursor;
  const pager = {
    text: `Page ${cursors.length}`,
    onPrevious: cursors.length > 1 ? () => move(cursors.slice(0, -1)) : null,
    onNext: next ? () => move([...cursors, next]) : null,
  };
  return {...load, pager};
}

// True once `value` has been true for `delay` milliseconds.
export function useDelayed(value, delay) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!value) return setLate(false);
    const timer = setTimeout(() => setLate(true), delay);
    return () => clearTimeout(timer);
  }, [value]);
  return value && late;
}

// Calls fn with the last value, once none has come for 250 ms.
export function useDebounced(fn) {
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  return value => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => fn(value), 250);
  };
}

// The time, anew each `period` milliseconds.
export function useNow(period) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), period);
    return () => clearInterval(timer);
  }, []);
  return now;
}
