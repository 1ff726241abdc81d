// View counters: what waits in Redis, and flushing at once. Without Redis nothing waits.
import {api} from '../api.js';
import {duration, number} from '../format.js';
import {Badge, Button, Facts, Loaded, Screen, attempt, html, useEffect, useLoad,
  useState} from '../ui.js';
import {isRedisOff, viewState} from '../view_state.js';

const plural = (count, word) => `${number(count)} ${word}${count === 1 ? '' : 's'}`;

const outcome = ({syncedPosts, syncedViews, syncedContents}) => syncedViews || syncedContents
  ? `Flushed ${plural(syncedViews, 'view')} of ${plural(syncedPosts, 'post')}, and `
    + `${plural(syncedContents, 'content')}.`
  : 'There was nothing to flush.';

function Counters({sample}) {
  const {kind, text} = viewState(sample), {views} = sample;
  return html`<section class="card"><div class="row"><${Badge} kind=${kind}>${text}</${Badge}></div>
    <${Facts} entries=${[['Views pending', number(views.pending)],
      ['Last flush', views.last_flush_age_seconds === null ? 'not known'
        : `${duration(views.last_flush_age_seconds)} ago`],
      ['Flushed since the start', number(views.flushed)]]}/></section>`;
}

export default function Views() {
  const load = useLoad(({signal}) =>
    api.get('/api/v1/admin/dashboard', {signal}).then(x => x.data));
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
    ${load.data && isRedisOff(load.data)
      ? html`<p class="muted">Views are counted in PostgreSQL, because <code>redis.url</code> is not
        set. Nothing waits, and there is nothing to flush.</p>`
      : html`<p class="muted">Views are counted in Redis. <code>feedctl flush-views</code> adds them
        to the counters in PostgreSQL, once a second or once a minute. Flushing by hand does no
        harm.</p>`}
    <div role="status">${said && html`<div class="notice ok"><p>${said}</p></div>`}</div>
    <${Loaded} load=${load} rows=${2}>${sample => html`<${Counters} sample=${sample}/>`}</${Loaded}>
  </${Screen}>`;
}
