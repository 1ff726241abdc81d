// A page of a client uploads a photo, shows it and its thumbnail, and replaces it.
import path from 'node:path';
import { assert, options } from '../support/console.mjs';
import { eventually } from '../support/pages.mjs';

const photo = (extension) => path.join(process.env.FEEDCTL_SOURCE, 'fixtures', `photo.${extension}`);

const clientPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>upload</title>
<label>Photo <input type="file"></label><img alt="the photo">`;

// The tokens that the page at the end of a sign-in shows.
async function signInForTokens(page, name) {
  await page.goto(`${options.server}/auth/login/dev`);
  await page.getByLabel('Someone new').fill(name);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByText('access_token').first().waitFor();
  const text = await page.locator('body').innerText();
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1));
}

// Sends the chosen file as the page of a client does; the status and the answer.
const send = (page, target, token, fields = {}) => page.evaluate(async ([url, bearer, more]) => {
  const form = new FormData();
  for (const [name, value] of Object.entries(more)) form.append(name, value);
  form.append('image', document.querySelector('input').files[0]);
  const answer = await fetch(url, {
    method: 'POST', headers: { Authorization: `Bearer ${bearer}` }, body: form,
  });
  return { status: answer.status, body: await answer.json() };
}, [target, token, fields]);

// The width of an image that the page shows, 0 where it cannot be shown.
const shownWidth = (page, url) => page.evaluate((address) => new Promise((resolve) => {
  const image = document.querySelector('img');
  image.onload = () => resolve(image.naturalWidth);
  image.onerror = () => resolve(0);
  image.src = address;
}), url);

export default async function media(console_) {
  console_.expectComplaint(/404/);
  const page = await console_.newPage();
  const tokens = await console_.step('a person signs in', () => signInForTokens(page, 'paula'));
  const token = tokens.access_token;
  await page.route('**/client-page', (route) => route.fulfill({ contentType: 'text/html', body: clientPage }));
  await page.goto(`${options.server}/client-page`);

  const post = await console_.step('a post is written with a photo', async () => {
    await page.getByLabel('Photo').setInputFiles(photo('jpg'));
    const answer = await send(page, '/v1/posts', token, { text: 'an evening at the lake' });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  });

  await console_.step('the photo is shown upright', async () => {
    assert.equal(await shownWidth(page, post.image.url), 720);
  });

  await console_.step('its thumbnails come', async () => {
    let image;
    await eventually(page, async () => {
      image = (await (await fetch(`${options.server}/v1/posts/${post.id}`)).json()).image;
      return image.state === 'ready';
    }, 'the image is ready');
    assert.deepEqual(image.thumbnails.map(({ width }) => width), [320, 640]);
    assert.equal(await shownWidth(page, image.thumbnails[0].url), 320);
  });

  await console_.step('another photo takes its place', async () => {
    await page.getByLabel('Photo').setInputFiles(photo('png'));
    const answer = await send(page, `/v1/posts/${post.id}/image`, token);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(await shownWidth(page, answer.body.image.url), 120);
    // Without what the browser has kept of it.
    const old = await fetch(options.server + post.image.url);
    assert.equal(old.status, 404);
  });

  await console_.step('an avatar is shown by its link', async () => {
    await page.getByLabel('Photo').setInputFiles(photo('webp'));
    const answer = await send(page, `/v1/users/${tokens.user.id}/avatar`, token);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    assert.equal(await shownWidth(page, answer.body.avatar), 720);
  });
}
