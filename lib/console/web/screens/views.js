// View counters: what waits in Redis, and flushing at once.
import {api} from '../api.js';
import {duration, number} from '../format.js';
import {Badge, Button, Facts, Loaded, Screen, attempt, html, useEffect, useLoad,
  useState} from '../ui.js';

function State({views}) {
  if (views.pending === null) return html`<${Badge} kind="warn">not known: is Redis up?</${Badge}>`;
  const isOld = views.pending > 0 && views.last_flush_age_seconds > 120;
  return isOld ? html`<${Badge} kind="warn">waiting for more than two minutes</${Badge}>`
    : html`<${Badge} kind="ok">as it should be</${Badge}>`;
}

const plural = (count, word) => `${number(count)} ${word}${count === 1 ? '' : 's'}`;

const outcome = ({syncedPosts, syncedViews, syncedContents}) => syncedViews || syncedContents
  ? `Flushed ${plural(syncedViews, 'view')} of ${plural(syncedPosts, 'post')}, and `
    + `${plural(syncedContents, 'content')}.`
  : 'There was nothing to flush.';

function Counters({views}) {
  return html`<section class="card"><div class="row"><${State} views=${views}/></div>
    <${Facts} entries=${[['Views pending', number(views.pending)],
      ['Last flush', views.last_flush_age_seconds === null ? 'not known'
        : `${duration(views.last_flush_age_seconds)} ago`],
      ['Flushed since the start', number(views.flushed)]]}/></section>`;
}

export default function Views() {
  const load = useLoad(({signal}) =>
    api.get('/api/v1/admin/dashboard', {signal}).then(x => x.data.views));
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setInterval(() => document.hidden || load.error || load.reload(), 5000);
    return () => clearInterval(timer);
  }, [load.error]);
  const flush = async () => {
    await attempt(async () => setSaid(outcome((await api.send('POST', '/v1/views/sync')).data)));
    load.reload();
  };
  return html`<${Screen} title="Views"
    actions=${html`<${Button} kind="primary" onClick=${flush}>Flush now</${Button}>`}>
    <p class="muted">Views are counted in Redis. <code>feedctl flush-views</code> adds them to the
      counters in PostgreSQL, once a second or once a minute. Flushing by hand does no harm.</p>
    <div role="status">${said && html`<div class="notice ok"><p>${said}</p></div>`}</div>
    <${Loaded} load=${load} rows=${2}>${views => html`<${Counters} views=${views}/>`}</${Loaded}>
  </${Screen}>`;
}
