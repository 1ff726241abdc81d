// Deleting a content, which asks a second time where pages show it.
import {api} from '../api.js';
import {Link, confirmAction, html, toast} from '../ui.js';
import {etagOf} from './content_form.js';

const path = content => `/api/v1/admin/contents/${content.id}`;

const remove = (content, query) =>
  api.send('DELETE', path(content) + query, undefined, {ifMatch: etagOf(content.version)});

async function pagesOf(content, refusal) {
  if (Array.isArray(refusal.body.pages)) return refusal.body.pages;
  return (await api.get(path(content))).data.pages;
}

function PagesThatShow({pages}) {
  return html`<p>${pages.length === 1 ? 'This page shows' : 'These pages show'} it:</p>
    <ul>${pages.map(({id, title}) => html`<li key=${id}>${title}</li>`)}</ul>
    <p>“Unlink and delete” takes it off ${pages.length === 1 ? 'this page' : 'them'}, for readers
      too, and deletes it for good.</p>`;
}

const askAgain = (content, pages) => confirmAction({
  title: `“${content.title}” is in use`, confirm: 'Unlink and delete', danger: true,
  body: html`<${PagesThatShow} pages=${pages}/>`,
});

async function removeFrom(content) {
  try {
    await remove(content, '');
    return true;
  } catch (error) {
    if (error.status !== 409) throw error;
    if (!await askAgain(content, await pagesOf(content, error))) return false;
    await remove(content, '?unlink=true');
    return true;
  }
}

// Resolves to true once the content is gone.
export async function deleteContent(content) {
  const yes = await confirmAction({
    title: `Delete “${content.title}”?`, confirm: 'Delete content', danger: true,
    body: 'The content goes for good, with the count of how often it was shown.',
  });
  if (!yes) return false;
  try {
    const gone = await removeFrom(content);
    if (gone) toast(`“${content.title}” is deleted.`);
    return gone;
  } catch (error) {
    const changed = 'Someone else changed this content meanwhile. Look at it before you delete it.';
    toast(error.status === 412 ? changed : error.message, 'bad');
    return false;
  }
}

export function PageLinks({pages}) {
  if (!pages.length) return html`<p class="muted">No page shows it.</p>`;
  return html`<ul class="plain-list">${pages.map(({id, title}) => html`<li key=${id}>
    <${Link} to="/admin/pages/${id}">${title}</${Link}></li>`)}</ul>`;
}
