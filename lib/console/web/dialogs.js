// Dialogs and toasts. DialogHost and ToastHost are once in the shell.
import {html, useEffect, useRef, useState} from './vendor/htm-preact.mjs';
import {Button, Field, TextInput} from './controls.js';

// A modal dialog. Closing gives the focus back to where it was.
export function Dialog({title, onClose, children, actions, className = ''}) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  const cancel = event => { event.preventDefault(); onClose?.(); };
  return html`<dialog ref=${element} class=${className} aria-label=${title} onCancel=${cancel}>
    <h2>${title}</h2>
    <div class="dialog-body">${children}</div>
    ${actions && html`<div class="actions">${actions}</div>`}
  </dialog>`;
}

let showQuestion = null;
let showToast = null;

// Asks before something happens. Resolves to true or false; with `field` ({label, hint}), to
// {text} or false.
export function confirmAction({title, body, confirm = 'Continue', danger = false, field}) {
  return new Promise(resolve => showQuestion({title, body, confirm, danger, field, resolve}));
}

export function DialogHost() {
  const [question, setQuestion] = useState(null);
  const [text, setText] = useState('');
  showQuestion = next => { setText(''); setQuestion(next); };
  if (!question) return null;
  const {title, body, confirm, danger, field, resolve} = question;
  const answer = value => { setQuestion(null); resolve(value); };
  const accept = () => answer(field ? {text: text.trim()} : true);
  const submit = event => { event.preventDefault(); accept(); };
  return html`<${Dialog} key=${title} title=${title} onClose=${() => answer(false)} actions=${html`
      <${Button} onClick=${() => answer(false)}>Cancel</${Button}>
      <${Button} kind=${danger ? 'danger' : 'primary'} onClick=${accept}>${confirm}</${Button}>`}>
    ${typeof body === 'string' ? html`<p>${body}</p>` : body}
    ${field && html`<form onSubmit=${submit}>
      <${Field} ...${field}>
        <${TextInput} value=${text} onInput=${setText} maxlength="500"/>
      </${Field}></form>`}
  </${Dialog}>`;
}

// kind: ok (goes by itself) or bad (stays until it is dismissed).
export function toast(text, kind = 'ok') {
  showToast?.({text, kind, id: Math.random()});
}

export function ToastHost() {
  const [toasts, setToasts] = useState([]);
  const drop = id => setToasts(all => all.filter(each => each.id !== id));
  showToast = next => {
    setToasts(all => [...all.slice(-3), next]);
    if (next.kind !== 'bad') setTimeout(() => drop(next.id), 6000);
  };
  const show = each => html`<div key=${each.id} class="toast ${each.kind}">
    <span>${each.text}</span>
    <button class="plain" aria-label="Dismiss" onClick=${() => drop(each.id)}>×</button></div>`;
  return html`<div class="toasts">
    <div role="status" aria-live="polite">${toasts.filter(x => x.kind !== 'bad').map(show)}</div>
    <div role="alert">${toasts.filter(x => x.kind === 'bad').map(show)}</div>
  </div>`;
}
