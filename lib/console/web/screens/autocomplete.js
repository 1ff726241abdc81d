// The autocomplete over the contents of all types: the combobox with a list of WAI-ARIA APG.
//
// The focus stays in the field; `aria-activedescendant` names the option. An answer that a newer
// question has overtaken is dropped.
import {api} from '../api.js';
import {html, useEffect, useRef, useState} from '../ui.js';

const pause = 200;  // ms without a key before a search
const limit = 20;

// The answer to the last question: {status: "idle"|"loading"|"done"|"failed", results, search}.
function useSearch() {
  const [answer, setAnswer] = useState({status: 'idle', results: []});
  const asked = useRef(0);
  const timer = useRef(0);
  const stop = () => {
    asked.current += 1;
    clearTimeout(timer.current);
  };
  useEffect(() => stop, []);
  const ask = async (text, number) => {
    const path = `/api/v1/admin/autocomplete?q=${encodeURIComponent(text)}&limit=${limit}`;
    try {
      const {data} = await api.get(path);
      if (number === asked.current) setAnswer({status: 'done', results: data.results});
    } catch (error) {
      if (number === asked.current) setAnswer({status: 'failed', results: [], error});
    }
  };
  const search = (text, delay = pause) => {
    stop();
    setAnswer(last => ({status: 'loading', results: last.results}));
    const number = asked.current;
    timer.current = setTimeout(() => ask(text, number), delay);
  };
  const reset = () => {
    stop();
    setAnswer({status: 'idle', results: []});
  };
  return {...answer, search, reset};
}

function announcement({status, results}, text) {
  if (status === 'loading') return 'Searching…';
  if (status === 'failed') return 'The search failed. Press Enter to search again.';
  if (status !== 'done') return '';
  if (!results.length) return text ? `No content matches “${text}”.` : 'There are no contents yet.';
  if (results.length >= limit) return `The newest ${limit} that match. Type more to see fewer.`;
  return results.length === 1 ? '1 content matches.' : `${results.length} contents match.`;
}

// label: of the field. used: values that are on the page already; they are marked, not hidden.
// onPick({value, text, type, type_title}).
export default function Autocomplete({label, hint, used = [], onPick}) {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const found = useSearch();
  const list = useRef(null);
  const input = useRef(null);
  const options = open ? found.results : [];

  useEffect(() => {
    if (options.length) list.current.scrollIntoView({block: 'nearest'});
  }, [options.length]);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView({block: 'nearest'});
  }, [active]);

  const show = (question, delay) => {
    setOpen(true);
    setActive(-1);
    found.search(question, delay);
  };
  const close = () => {
    setOpen(false);
    setActive(-1);
    found.reset();
  };
  const pick = (result) => {
    setText('');
    close();
    onPick(result);
  };
  const move = (step) => {
    if (!open) return show(text, 0);
    const count = options.length;
    if (count > 0) setActive(at => (at < 0 && step < 0 ? count - 1 : (at + step + count) % count));
  };
  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    // An answer to an older text is never picked.
    Enter: () => {
      if (open && found.status === 'failed') show(text, 0);
      if (found.status === 'done' && options[active]) pick(options[active]);
    },
    Escape: () => (open ? close() : setText('')),
  };
  const onKeyDown = event => {
    if (event.isComposing || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };
  const onInput = event => {
    setText(event.target.value);
    show(event.target.value);
  };
  const note = open ? announcement(found, text) : '';

  const option = (result, i) => html`
    <li role="option" id=${`autocomplete-${i}`} key=${result.value} aria-selected=${i === active}
        class=${i === active ? 'is-active' : ''} onPointerDown=${event => event.preventDefault()}
        onClick=${() => pick(result)}>
      <span class="content-type">${result.type_title}</span>
      <span class="option-text">${result.text}</span>
      ${used.includes(result.value) && html`<span class="option-note">on this page</span>`}
    </li>`;

  return html`
    <div class="autocomplete">
      <label for="autocomplete-input">${label}</label>
      ${hint && html`<p class="hint" id="autocomplete-hint">${hint}</p>`}
      <div class="autocomplete-box">
        <input id="autocomplete-input" ref=${input} type="text" role="combobox" autocomplete="off"
          spellcheck=${false} placeholder="Search by title or number" value=${text}
          aria-autocomplete="list" aria-expanded=${options.length > 0}
          aria-controls="autocomplete-list" aria-describedby=${hint && 'autocomplete-hint'}
          aria-activedescendant=${options[active] ? `autocomplete-${active}` : null}
          onInput=${onInput} onKeyDown=${onKeyDown} onBlur=${close}
          onClick=${() => !open && show(text, 0)} />
        <ul id="autocomplete-list" ref=${list} role="listbox" aria-label=${label}
          aria-busy=${found.status === 'loading'} hidden=${options.length === 0}>
          ${options.map(option)}
        </ul>
      </div>
      <p class="autocomplete-note" role="status">${note}</p>
      ${open && found.status === 'failed' && html`
        <button type="button" onPointerDown=${event => event.preventDefault()}
          onClick=${() => (input.current.focus(), show(text, 0))}>Search again</button>`}
    </div>`;
}
