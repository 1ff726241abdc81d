// The screens: path, title, the least role that may see them, their group in the navigation.
//
// A module's default export is a component of {params, query, user}: the path's `:name`s, the
// parameters of the query as an object of texts, and who is signed in.
const screen = (path, title, role, module, group = '') =>
  ({path, title, role, group, load: () => import(`./screens/${module}.js`)});

export const screens = [
  screen('/admin/', 'Dashboard', 'admin', 'dashboard', 'Watch'),
  screen('/admin/dead-events', 'Dead events', 'admin', 'dead_events', 'Watch'),
  screen('/admin/dead-events/:id', 'Dead event', 'admin', 'dead_events'),
  screen('/admin/views', 'Views', 'admin', 'views', 'Watch'),
  screen('/admin/audit', 'Audit log', 'admin', 'audit', 'Watch'),
  screen('/admin/pages', 'Pages', 'editor', 'pages', 'Content'),
  screen('/admin/pages/new', 'New page', 'editor', 'page_editor'),
  screen('/admin/pages/:id', 'Page', 'editor', 'page_editor'),
  screen('/admin/contents', 'Contents', 'editor', 'contents', 'Content'),
  screen('/admin/contents/new', 'New content', 'editor', 'content_editor'),
  screen('/admin/contents/:id', 'Content', 'editor', 'content_editor'),
  screen('/admin/posts', 'Posts', 'admin', 'posts', 'People'),
  screen('/admin/users', 'Users', 'admin', 'users', 'People'),
  screen('/admin/users/:id', 'User', 'admin', 'users'),
  screen('/admin/keys', 'Keys', 'admin', 'keys', 'Access'),
  screen('/admin/sessions', 'Your sessions', 'editor', 'sessions', 'Access'),
];

const ranks = {editor: 1, admin: 2};
export const maySee = (user, {role}) => (ranks[user.role] || 0) >= ranks[role];

// The parameters of a path by the pattern; null where it does not match.
function match(pattern, path) {
  const names = pattern.split('/');
  const parts = path.split('/');
  if (names.length !== parts.length) return null;
  const params = {};
  for (const [index, name] of names.entries()) {
    if (name[0] === ':') params[name.slice(1)] = parts[index];
    else if (name !== parts[index]) return null;
  }
  return params;
}

// {screen, params} of a path, with or without a slash at the end; null where there is none.
export function findScreen(path) {
  const canonical = /^\/admin\/?$/.test(path) ? '/admin/' : path.replace(/\/$/, '');
  for (const each of screens) {
    const params = match(each.path, canonical);
    if (params) return {screen: each, params};
  }
  return null;
}
