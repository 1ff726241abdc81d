// The editor of a page, as a person uses it.
import { settled } from './pages.mjs';

export const title = (page) => page.getByRole('region', { name: 'Title' }).getByLabel('Title');
export const rows = (page) => page.locator('.page-contents > li');
export const rowTitles = (page) => page.locator('.page-contents > li h3').allInnerTexts();

// Types into the one search field and takes the option of that title, with the keyboard.
export async function addContent(page, search, name) {
  const field = page.getByRole('combobox', { name: 'Add a content' });
  await field.fill(search);
  const option = page.getByRole('option').filter({ hasText: name });
  await option.waitFor();
  while (await option.getAttribute('aria-selected') !== 'true') await field.press('ArrowDown');
  await field.press('Enter');
  await rows(page).filter({ hasText: name }).last().waitFor();
}

export async function createContent(page, type, members) {
  await page.getByRole('button', { name: `New ${type}` }).click();
  const form = page.getByRole('group', { name: `New ${type}` });
  for (const [label, text] of Object.entries(members)) await form.getByLabel(label, { exact: true }).fill(text);
  await form.getByRole('button', { name: 'Create content' }).click();
  await rows(page).filter({ hasText: members.Title }).waitFor();
}

// Until the screen says that nothing waits to be saved.
export async function saved(page) {
  await page.locator('.save-bar').getByText(/^Saved /).waitFor();
  await settled(page);
}

export async function save(page, button = 'Save') {
  await page.getByRole('button', { name: button, exact: true }).click();
  await saved(page);
}

export const idOf = (page) => new URL(page.url()).pathname.split('/').pop();
