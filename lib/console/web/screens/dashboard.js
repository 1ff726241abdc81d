// The operator's dashboard: what the server does now, over the last five minutes.
//
// It asks once a second while its tab is visible; every five seconds where less motion is wanted.
import {api} from '../api.js';
import {attention, nameOf, thresholds} from '../attention.js';
import {Chart} from '../charts.js';
import {History} from '../figures.js';
import {bytes, compact, duration, number, percent, perSecond} from '../format.js';
import {Badge, Button, ErrorBox, Link, Loading, Screen, html, useEffect, useRef,
  useState} from '../ui.js';

// It stays while other screens are shown.
const history = new History();

const period = () => matchMedia('(prefers-reduced-motion: reduce)').matches ? 5000 : 1000;

function useSamples(paused) {
  const [state, setState] = useState({sample: history.last, error: null});
  const busy = useRef(false);
  const ask = async () => {
    if (busy.current || document.hidden) return;
    busy.current = true;
    try {
      const {data} = await api.get('/api/v1/admin/dashboard');
      history.add(data);
      setState({sample: data, error: null});
    } catch (error) {
      setState(old => ({...old, error}));
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    if (paused) return undefined;
    ask();
    const timer = setInterval(ask, period());
    document.addEventListener('visibilitychange', ask);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [paused]);
  return {...state, retry: ask};
}

function Attention({sample}) {
  const found = attention(sample, history);
  return html`<section aria-label="What needs attention" role="status">
    ${!found.length && html`<div class="notice ok">
      <p class="notice-title">Nothing needs attention.</p></div>`}
    ${found.length > 0 && html`<div class="notice ${found.some(x => x.kind === 'bad') ? 'bad'
      : 'warn'}"><p class="notice-title">Look here</p><ul>${found.map(each => html`<li
      key=${each.text}>${each.text}
      ${each.to && html` <${Link} to=${each.to}>Open</${Link}>`}</li>`)}</ul></div>`}
  </section>`;
}

const states = {up: ['ok', 'up'], down: ['bad', 'down'], off: ['', 'not used']};

function Dependencies({list}) {
  return html`<ul class="states" aria-label="Dependencies">${list.map(each => {
    const [kind, text] = states[each.state] || ['warn', each.state];
    return html`<li class="row" key=${each.name}><strong>${nameOf(each)}</strong>
      <${Badge} kind=${kind}>${text}</${Badge}>
      ${each.detail && html`<span class="muted">${each.detail}</span>`}</li>`;
  })}</ul>`;
}

const line = (title, name, format, more) =>
  ({title, values: history.column(name), format, ...more});

const chartsOf = ({cache, feed, events, views, process}) => [
  ['Requests', [line('all', 'requests', perSecond), line('failed (5xx)', 'errors', perSecond)]],
  ['Latency', [line('p50', 'p50', duration), line('p99', 'p99', duration)]],
  ['Cache hits', [line('of reads', 'hitRatio', percent, {max: 1})],
    `${compact(cache.misses)} misses since the start`],
  ['Cache recomputes', [line('values', 'recomputes', perSecond)]],
  ['Event lag', [line('oldest waiting', 'lag', duration)],
    events.lag_seconds === null ? 'not known' : ''],
  ['Event backlog', [line('events', 'backlog', compact)],
    events.dead ? `${number(events.dead)} dead` : 'none dead'],
  ['Views pending', [line('views', 'pending', compact)], `${compact(views.flushed)} flushed`],
  ['Last flush of views', [line('age', 'flushAge', duration)],
    views.last_flush_age_seconds === null ? 'not known' : ''],
  ['Feed index', [line('memory', 'indexBytes', bytes, {base: 1024})],
    `${compact(feed.index_posts)} posts, ${compact(feed.index_users)} users`],
  ['Processor', [line('of one core', 'processor', percent)]],
  ['Memory', [line('resident', 'memory', bytes, {base: 1024})],
    `${number(process.open_fds)} open files`],
  ['Refused', [line('429 and 503', 'refused', perSecond)]],
];

function Charts({sample}) {
  const times = history.column('time');
  return html`<div class="charts">${chartsOf(sample).map(([title, series, note]) => html`<${Chart}
    key=${title} title=${title} times=${times} series=${series} note=${note}/>`)}</div>`;
}

function Server({sample}) {
  const up = (Date.parse(sample.at) - Date.parse(sample.started_at)) / 1000;
  return html`<p class="muted">feedctl ${sample.version}, up for ${duration(up)}</p>`;
}

function Thresholds() {
  return html`<details><summary>When this screen says to look</summary>
    <ul>${thresholds.map(text => html`<li>${text}</li>`)}</ul></details>`;
}

export default function Dashboard() {
  const [paused, setPaused] = useState(false);
  const {sample, error, retry} = useSamples(paused);
  const toggle = () => setPaused(!paused);
  const actions = html`${sample && html`<${Server} sample=${sample}/>`}
    <${Button} aria-pressed=${String(paused)} onClick=${toggle}>Pause</${Button}>`;
  return html`<${Screen} title="Dashboard" wide actions=${actions}>
    ${error && (error.status || !sample) && html`<${ErrorBox} error=${error} retry=${retry}/>`}
    ${!sample && !error && html`<${Loading} rows=${8}/>`}
    ${sample && html`<${Attention} sample=${sample}/>
      <${Dependencies} list=${sample.dependencies}/><${Charts} sample=${sample}/><${Thresholds}/>`}
  </${Screen}>`;
}
