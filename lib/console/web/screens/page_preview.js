// How a page reads, by the draft on the screen.
import {html} from '../ui.js';
import {memberLabel} from './content_form.js';

function address(text) {
  try {
    const {hostname, pathname} = new URL(text);
    return `${hostname}${pathname}`;
  } catch {
    return text;
  }
}

function Content({content, type}) {
  const members = (type?.members ?? []).filter(({name}) => content[name]);
  return html`<section class="preview-content"><h4>${content.title}</h4>
    ${members.map(({name, kind}) => kind === 'url'
      ? html`<p><span class="muted">${memberLabel(name)}</span>${' '}
          <span class="preview-address">${address(content[name])}</span></p>`
      : html`<p class="preview-text">${content[name]}</p>`)}
  </section>`;
}

export default function PagePreview({page, types}) {
  return html`<section class="card preview" aria-labelledby="preview-title">
    <h2 id="preview-title">Preview</h2>
    <article>
      <h3>${page.title || 'A page without a title'}</h3>
      ${page.items.map(({key, content}) => html`<${Content} key=${key} content=${content}
        type=${types.find(({name}) => name === content.type)}/>`)}
      ${page.items.length === 0 && html`<p class="muted">The page is empty.</p>`}
    </article>
  </section>`;
}
