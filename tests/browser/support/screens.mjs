// Every screen of the console, with what its path needs.
import { open } from './console.mjs';

// [{name, path}] for the person signed in on `page`, an admin.
export async function allScreens(page) {
  const one = async (list) => {
    await open(page, list);
    return page.getByRole('table').getByRole('link').first().getAttribute('href');
  };
  return [
    { name: 'dashboard', path: '/admin/' },
    { name: 'pages', path: '/admin/pages' },
    { name: 'page-new', path: '/admin/pages/new' },
    { name: 'page', path: await one('/admin/pages') },
    { name: 'contents', path: '/admin/contents' },
    { name: 'content-new', path: '/admin/contents/new' },
    { name: 'content', path: await one('/admin/contents') },
    { name: 'posts', path: '/admin/posts' },
    { name: 'users', path: '/admin/users' },
    { name: 'user', path: await one('/admin/users') },
    { name: 'dead-events', path: '/admin/dead-events' },
    { name: 'dead-event', path: await one('/admin/dead-events') },
    { name: 'views', path: '/admin/views' },
    { name: 'keys', path: '/admin/keys' },
    { name: 'sessions', path: '/admin/sessions' },
    { name: 'audit', path: '/admin/audit' },
  ];
}
