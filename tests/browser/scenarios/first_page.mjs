// A newcomer among the editors makes a page with a video and an audio, and reads it by the API.
import { assert, open } from '../support/console.mjs';
import * as editor from '../support/page_editor.mjs';
import { eventually, publicJson } from '../support/pages.mjs';

const video = 'A harbour at dawn';
const audio = 'Gulls, read aloud';

export default async function firstPage(console_) {
  const page = await console_.step('an editor signs in', () => console_.signIn('editor'));

  await console_.step('a new page wants a title', async () => {
    await page.getByRole('link', { name: 'Pages', exact: true }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Pages' }).waitFor();
    await page.getByRole('link', { name: 'New page' })
      .or(page.getByRole('button', { name: 'New page' })).first().click();
    await page.getByRole('heading', { level: 1, name: 'New page' }).waitFor();
    await editor.createContent(page, 'Video', {
      Title: video, 'File URL': 'https://media.example.org/dawn.mp4',
    });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('region', { name: 'Title' }).locator('.field-error').waitFor();
    assert.equal(await editor.title(page).getAttribute('aria-invalid'), 'true');
  });

  await console_.step('a wrong address of a video is named at its field', async () => {
    await page.getByRole('button', { name: 'New Video' }).click();
    const form = page.getByRole('group', { name: 'New Video' });
    await form.getByLabel('Title', { exact: true }).fill('Wrong');
    await form.getByLabel('File URL').fill('no address');
    await form.getByRole('button', { name: 'Create content' }).click();
    await form.locator('.field-error').first().waitFor();
    await form.getByRole('button', { name: 'Cancel' }).click();
  });

  await console_.step('an audio is created beside it', () => editor.createContent(
    page, 'Audio', { Title: audio, Text: 'They argue over a fish that nobody wants.' }));

  await console_.step('the page is saved as a draft, which the public does not see', async () => {
    await editor.title(page).fill('The harbour');
    await editor.save(page);
    await page.waitForURL(/\/admin\/pages\/\d+$/);
    assert.equal((await publicJson(`/api/v1/pages/${editor.idOf(page)}/`)).status, 404);
  });

  await console_.step('one search field finds contents of both types', async () => {
    await editor.addContent(page, 'kneading', 'Kneading by hand');
    await editor.addContent(page, 'pages.audiocontent', audio);
    assert.deepEqual(await editor.rowTitles(page), [video, audio, 'Kneading by hand', audio]);
  });

  await console_.step('contents are removed, put back and moved', async () => {
    await editor.rows(page).nth(3).getByRole('button', { name: /^Remove/ }).click();
    await editor.rows(page).nth(2).getByRole('button', { name: /^Remove/ }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    assert.deepEqual(await editor.rowTitles(page), [video, audio, 'Kneading by hand']);
    await page.getByRole('button', { name: `Move up “${audio}”` }).click();
    assert.deepEqual(await editor.rowTitles(page), [audio, video, 'Kneading by hand']);
  });

  await console_.step('leaving asks before anything is lost', async () => {
    await page.getByRole('link', { name: 'Contents', exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.equal((await editor.rowTitles(page)).length, 3);
  });

  const id = editor.idOf(page);
  await console_.step('published, it is public, in order and with its members', async () => {
    await editor.save(page, 'Save and publish');
    const { status, body } = await publicJson(`/api/v1/pages/${id}/`);
    assert.equal(status, 200);
    assert.equal(body.title, 'The harbour');
    assert.deepEqual(body.contents.map(({ type, title }) => `${type}: ${title}`),
      [`audio: ${audio}`, `video: ${video}`, 'video: Kneading by hand']);
    assert.equal(body.contents[0].text, 'They argue over a fish that nobody wants.');
    assert.equal(body.contents[1].file_url, 'https://media.example.org/dawn.mp4');
    assert.ok(body.contents.every((content) => Number.isInteger(content.counter)));
  });

  await console_.step('the list shows it as published', async () => {
    await open(page, '/admin/pages?search=harbour');
    const text = () => page.getByRole('row').filter({ hasText: 'The harbour' }).first().innerText();
    await eventually(page, async () => /published/i.test(await text()), 'published in the list');
  });
  console_.expectComplaint(/400/);
}
