// Sets the kept theme before the first paint, so this is no module. Without one the system's is
// used.
(() => {
  const apply = theme => {
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    dispatchEvent(new Event('themechange'));
  };
  const read = () => { try { return localStorage.getItem('theme'); } catch { return null; } };
  const keep = theme => {
    try { localStorage.setItem('theme', theme); } catch { /* the theme lasts as long as the tab */ }
    apply(theme);
  };
  window.feedctlTheme = {get: () => read() || 'system', set: keep};
  apply(read());
  addEventListener('storage', event => { if (event.key === 'theme') apply(event.newValue); });
})();
