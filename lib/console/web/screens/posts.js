// Moderation of posts: search, hide, show again, delete.
import {api} from '../api.js';
import {
  Badge, Button, Empty, Field, Loaded, Pager, Screen, Select, Time, confirmAction, html, setQuery,
  toast, useCursorList,
} from '../ui.js';
import {FilterText} from './numbered_list.js';

const postsPath = '/api/v1/admin/posts';

const states = [
  {value: '', label: 'All'},
  {value: 'visible', label: 'Visible'},
  {value: 'hidden', label: 'Hidden'},
];

const nameOf = ({author}) => (author ? `@${author.handle}` : 'a deleted account');

const imageOf = ({image}) => image.thumbnails[0]?.url || image.url;

const counted = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

// Asks, sends, says what was done. Resolves to true where it was done.
async function change(question, done, send) {
  const answer = await confirmAction(question);
  if (!answer) return false;
  try {
    await send(answer);
    toast(done);
    return true;
  } catch (error) {
    toast(error.message, 'bad');
    return false;
  }
}

const hide = post => change({
  title: `Hide this post by ${nameOf(post)}?`, confirm: 'Hide post',
  body: 'Nobody sees it then, its author included. Nothing of it is lost: you can unhide it.',
  field: {label: 'Reason (optional)', hint: 'Shown here and kept in the audit log.'},
}, 'The post is hidden.', ({text}) =>
  api.send('POST', `${postsPath}/${post.id}/hide`, text ? {reason: text} : {}));

const unhide = post => change({
  title: `Unhide this post by ${nameOf(post)}?`, confirm: 'Unhide post',
  body: 'It is back in feeds and lists, at its time, with its likes and views.',
}, 'The post is visible again.', () => api.send('POST', `${postsPath}/${post.id}/unhide`));

const remove = post => change({
  title: `Delete this post by ${nameOf(post)}?`, confirm: 'Delete post', danger: true,
  body: `The post goes for good, with ${counted(post.like_count, 'like', 'likes')} and ${
    counted(post.view_count, 'view', 'views')}. This cannot be undone; hiding can.`,
}, 'The post is deleted.', () => api.send('DELETE', `${postsPath}/${post.id}`));

function Post({post, onChanged}) {
  const {author, hidden_at: hiddenAt, hidden_reason: reason} = post;
  const act = action => async () => { if (await action(post)) onChanged(action === remove); };
  const about = html`<span class="sr"> post ${post.id} by ${nameOf(post)}</span>`;
  return html`<li class="card post">
    <div class="post-head">
      <h2>${author ? author.name || author.handle : 'A deleted account'}</h2>
      ${author && html`<button type="button" class="plain" title="Only posts by this author"
        onClick=${() => setQuery({author: author.handle})}>@${author.handle}</button>`}
      <span class="muted"><${Time} at=${post.created_at}/></span>
      ${hiddenAt && html`<${Badge} kind="warn">Hidden</${Badge}>`}
    </div>
    <p class="post-text">${post.text}</p>
    ${post.image && (hiddenAt ? html`<p class="muted">Its image is not shown while it is hidden.</p>`
      : html`<img class="post-image" src=${imageOf(post)} alt=${`Image of the post by ${nameOf(post)}`}
          width="160" height="120" loading="lazy"/>`)}
    ${hiddenAt && html`<p class="muted">Hidden <${Time} at=${hiddenAt}/>${
      reason ? `, because: ${reason}` : ', without a reason'}.</p>`}
    <div class="post-foot">
      <span class="muted">${counted(post.like_count, 'like', 'likes')} · ${
        counted(post.view_count, 'view', 'views')}</span>
      <div class="actions">
        ${hiddenAt ? html`<${Button} onClick=${act(unhide)}>Unhide${about}</${Button}>`
          : html`<${Button} onClick=${act(hide)}>Hide${about}</${Button}>`}
        <${Button} onClick=${act(remove)}>Delete${about}</${Button}>
      </div>
    </div>
  </li>`;
}

const showAll = () => setQuery({search: '', author: '', state: ''});

// A search looks through some thousand posts at a time.
function Nothing({filtered, goesOn}) {
  if (goesOn) return html`<${Empty} title="None among these posts">
    Press Next to look through older ones.</${Empty}>`;
  if (!filtered) return html`<${Empty} title="There are no posts yet">
    They appear here as soon as someone writes one.</${Empty}>`;
  return html`<${Empty} title="No post matches">
    <${Button} onClick=${showAll}>Show all posts</${Button}>
  </${Empty}>`;
}

export default function Posts({query}) {
  const {search = '', author = '', state = ''} = query;
  const list = useCursorList(postsPath, {search, author: author.replace(/^@/, ''), state});
  const isUnknown = author && list.error?.status === 400;
  const changed = isGone => {
    list.reload();
    if (isGone) document.querySelector('main h1')?.focus();
  };
  return html`<${Screen} title="Posts">
    <div class="filters">
      <${FilterText} label="Search" name="search" value=${search} placeholder="Words of the text"/>
      <${FilterText} label="Author" name="author" value=${author} placeholder="Handle"/>
      <${Field} label="State"><${Select} value=${state} options=${states}
        onChange=${value => setQuery({state: value})}/></${Field}>
    </div>
    ${isUnknown ? html`<${Empty} title="Nobody has the handle “${author}”"/>` : html`
    <${Loaded} load=${list}>${data => data.posts.length === 0
      ? html`<${Nothing} filtered=${search || author || state} goesOn=${data.next_cursor}/>`
      : html`<ul class="posts">${data.posts.map(post => html`
          <${Post} key=${post.id} post=${post} onChanged=${changed}/>`)}</ul>`}</${Loaded}>`}
    <${Pager} ...${list.pager}/>
  </${Screen}>`;
}
