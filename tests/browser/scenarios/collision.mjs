// Two editors change the same page: the second learns of it, and neither loses anything unasked.
import { assert, open } from '../support/console.mjs';
import * as editor from '../support/page_editor.mjs';
import { answerDialog, publicJson } from '../support/pages.mjs';

export default async function collision(console_) {
  const first = await console_.step('one editor signs in', () => console_.signIn('editor'));
  const second = await console_.step('so does another', () => console_.signIn('other_editor'));

  const path = await console_.step('there is a page', async () => {
    await open(first, '/admin/pages/new');
    await editor.title(first).fill('Two editors');
    await editor.addContent(first, 'orion', 'Finding Orion');
    await editor.save(first, 'Save and publish');
    await first.waitForURL(/\/admin\/pages\/\d+$/);
    return new URL(first.url()).pathname;
  });
  const published = async () => {
    const { body } = await publicJson(`/api/v1/pages/${path.split('/').pop()}/`);
    return [body.title, ...body.contents.map(({ title }) => title)];
  };
  const pressSave = async (page) => {
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('dialog').waitFor();
  };

  await console_.step('both change it; the second is told what the first did', async () => {
    await open(first, path);
    await open(second, path);
    await editor.addContent(first, 'boats', 'Boats coming home');
    await editor.save(first);
    await editor.title(second).fill('A title of the second editor');
    await pressSave(second);
    const text = await second.getByRole('dialog').innerText();
    assert.match(text, /Boats coming home/);
    assert.match(text, /A title of the second editor/);
    await console_.screenshot(second, 'collision');
    assert.deepEqual(await published(), ['Two editors', 'Finding Orion', 'Boats coming home']);
  });

  await console_.step('"Go on editing" keeps the draft and saves nothing', async () => {
    await answerDialog(second, 'Go on editing');
    assert.equal(await editor.title(second).inputValue(), 'A title of the second editor');
    assert.deepEqual(await published(), ['Two editors', 'Finding Orion', 'Boats coming home']);
  });

  await console_.step('"Keep mine" saves the changes of both', async () => {
    await pressSave(second);
    await answerDialog(second, 'Keep mine');
    await editor.saved(second);
    assert.deepEqual(await published(),
      ['A title of the second editor', 'Finding Orion', 'Boats coming home']);
  });

  await console_.step('"Take theirs" shows what the other saved, and saves nothing', async () => {
    await editor.title(first).fill('A title of the first editor');
    await pressSave(first);
    await answerDialog(first, 'Take theirs');
    assert.equal(await editor.title(first).inputValue(), 'A title of the second editor');
    assert.equal((await published())[0], 'A title of the second editor');
  });

  await console_.step('after that, the first can save again', async () => {
    await editor.title(first).fill('A title that both like');
    await editor.save(first);
    assert.equal((await published())[0], 'A title that both like');
  });
  console_.expectComplaint(/412/);
}
