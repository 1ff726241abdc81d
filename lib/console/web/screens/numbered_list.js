// A list in pages with numbers, whose filters and number are in the address of the screen.
import {api, withQuery} from '../api.js';
import {
  Field, TextInput, html, setQuery, useDebounced, useEffect, useLoad, useState,
} from '../ui.js';

// filters: {name: text}. Answers what useLoad does, and `pager`, the properties of a Pager.
export function useNumberedList(path, filters, page) {
  const number = Number(page) || 1;
  const address = withQuery(path, {...filters, page: number > 1 ? number : ''});
  const load = useLoad(({signal}) => api.get(address, {signal}).then(({data}) => data), [address]);
  // The last page may be gone, because its last row is.
  const isGone = number > 1 && load.error?.status === 404;
  useEffect(() => { if (isGone) setQuery({page: ''}); }, [isGone]);
  const to = next => () => setQuery({page: next > 1 ? String(next) : ''});
  const count = load.data?.count ?? 0;
  const pager = {
    text: `Page ${number}, ${count.toLocaleString('en')} in all`,
    onPrevious: load.data?.previous ? to(number - 1) : null,
    onNext: load.data?.next ? to(number + 1) : null,
  };
  return {...load, pager};
}

// A field that sets the parameter `name` of the address a moment after the last key.
export function FilterText({label, name, value = '', placeholder}) {
  const [text, setText] = useState(value);
  const apply = useDebounced(next => setQuery({[name]: next.trim(), page: ''}));
  useEffect(() => { if (value !== text.trim()) setText(value); }, [value]);
  const change = next => { setText(next); apply(next); };
  return html`<${Field} label=${label}><${TextInput} type="search" value=${text}
    placeholder=${placeholder} onInput=${change}/></${Field}>`;
}
