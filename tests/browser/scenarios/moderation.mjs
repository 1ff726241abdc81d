// An admin hides a post, suspends a user and gives a role; the public API shows it.
import { assert, open, options } from '../support/console.mjs';
import { answerDialog, eventually, publicJson } from '../support/pages.mjs';

const hotPosts = async () => (await publicJson('/v1/feed/hot?limit=100')).body.posts;
const isHot = async (id) => (await hotPosts()).some((post) => post.id === id);

async function openUser(page, handle) {
  await open(page, `/admin/users?search=${handle}`);
  await page.getByRole('link', { name: `@${handle}`, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: `@${handle}` }).waitFor();
  return Number(new URL(page.url()).pathname.split('/').pop());
}

export default async function moderation(console_) {
  const page = await console_.step('an admin signs in', () => console_.signIn('admin'));
  const [post] = await hotPosts();
  const button = (verb) => page.getByRole('button', { name: new RegExp(`^${verb} post ${post.id} `) });

  await console_.step('a post is found by its text', async () => {
    await open(page, '/admin/posts');
    await page.getByLabel('Search').fill(post.text.slice(0, 20));
    await button('Hide').waitFor();
  });

  await console_.step('hidden with a reason, it is gone from the hot feed', async () => {
    await button('Hide').click();
    await page.getByRole('dialog').getByLabel('Reason (optional)').fill('An advertisement');
    await answerDialog(page, 'Hide post');
    await button('Unhide').waitFor();
    await page.getByText(/An advertisement/).first().waitFor();
    await eventually(page, async () => !await isHot(post.id), 'the hot feed without the post');
  });

  await console_.step('it can be shown again', async () => {
    await button('Unhide').click();
    await answerDialog(page, 'Unhide post');
    await button('Hide').waitFor();
    await eventually(page, () => isHot(post.id), 'the hot feed with the post');
  });

  await console_.step('a suspended user is shown nowhere', async () => {
    const id = await openUser(page, 'goro');
    await page.getByRole('button', { name: /^Suspend/ }).click();
    await page.getByRole('dialog').getByLabel('Reason (optional)').fill('Spam');
    await answerDialog(page, 'Suspend');
    await page.getByText('suspended', { exact: true }).first().waitFor();
    await eventually(page, async () => (await publicJson(`/v1/users/${id}`)).status === 404,
      'the profile is hidden');
    await page.getByRole('button', { name: /^Reinstate/ }).click();
    await answerDialog(page, 'Reinstate');
    await page.getByText('active', { exact: true }).first().waitFor();
    await eventually(page, async () => (await publicJson(`/v1/users/${id}`)).status === 200,
      'the profile is shown again');
  });

  await console_.step('a user becomes an editor after a question', async () => {
    await openUser(page, 'otto');
    await page.getByLabel('Role').selectOption('editor');
    await page.getByRole('button', { name: 'Change role' }).click();
    assert.match(await answerDialog(page, 'Change role'), /editor/);
    await open(page, '/admin/users?role=editor');
    await page.getByRole('link', { name: '@otto', exact: true }).waitFor();
  });

  await console_.step('nobody changes an own role', async () => {
    await openUser(page, options.people.admin);
    assert.equal(await page.getByRole('button', { name: 'Change role' }).count(), 0);
  });
}
