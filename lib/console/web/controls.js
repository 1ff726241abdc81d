// Buttons and form fields.
import {createContext, html, useContext, useRef, useState} from './vendor/htm-preact.mjs';

// kind: primary, danger, plain (looks like a link) or none. While the promise of onClick is
// pending, the button is busy and takes no other click.
export function Button({kind = '', onClick, busy, disabled, type = 'button', children, ...rest}) {
  const [pending, setPending] = useState(false);
  const isBusy = busy || pending;
  const click = async event => {
    if (isBusy || disabled) return event.preventDefault();
    const result = onClick?.(event);
    if (!result?.then) return;
    setPending(true);
    try { await result; } finally { setPending(false); }
  };
  return html`<button type=${type} class=${kind} aria-disabled=${isBusy || disabled ? 'true' : null}
    aria-busy=${isBusy ? 'true' : null} onClick=${click} ...${rest}>${children}</button>`;
}

const FieldContext = createContext({});
let fieldCount = 0;

// A label with its control, which may be any that uses useField.
export function Field({label, hint, error, children, className = ''}) {
  const id = useRef(null);
  id.current ??= `field-${++fieldCount}`;
  const describedBy = [hint && `${id.current}-hint`, error && `${id.current}-error`];
  const value = {id: id.current, 'aria-describedby': describedBy.filter(Boolean).join(' ') || null,
    'aria-invalid': error ? 'true' : null};
  return html`<div class="field ${className}">
    <label for=${id.current}>${label}</label>
    <${FieldContext.Provider} value=${value}>${children}</${FieldContext.Provider}>
    ${hint && html`<p class="hint" id=${`${id.current}-hint`}>${hint}</p>`}
    ${error && html`<p class="field-error" id=${`${id.current}-error`}>${error}</p>`}
  </div>`;
}

// The attributes by which a control belongs to the Field around it.
export const useField = () => useContext(FieldContext);

// onInput takes the text.
export function TextInput({value, onInput, type = 'text', ...rest}) {
  return html`<input type=${type} value=${value} autocomplete="off" ...${useField()}
    onInput=${event => onInput?.(event.target.value)} ...${rest}/>`;
}

export function TextArea({value, onInput, rows = 4, ...rest}) {
  return html`<textarea rows=${rows} value=${value} ...${useField()}
    onInput=${event => onInput?.(event.target.value)} ...${rest}></textarea>`;
}

// options: [{value, label}] or texts; onChange takes the value.
export function Select({value, onChange, options, ...rest}) {
  const list = options.map(each => typeof each === 'object' ? each : {value: each, label: each});
  return html`<select ...${useField()} onChange=${event => onChange?.(event.target.value)}
    ...${rest}>
    ${list.map(each => html`<option key=${each.value} value=${each.value}
      selected=${each.value === value}>${each.label}</option>`)}
  </select>`;
}
