// What on the dashboard needs a person: one sentence each, with the threshold in words.
//
// The sentences have no figures that change each second, so a screen reader reads each once.
const minute = 60;

const names = {postgresql: 'PostgreSQL', redis: 'Redis', rabbitmq: 'RabbitMQ', media: 'The image store'};
export const nameOf = dependency => names[dependency.name] || dependency.name;

const dependencies = sample => sample.dependencies.filter(each => each.state === 'down').map(
  each => ({kind: 'bad',
    text: `${nameOf(each)} is down${each.detail ? `: ${each.detail}` : ''}.`}));

// [kind, condition(sample, history), sentence, where to go on]
const rules = [
  ['bad', (_, history) => history.mean('errors', minute) >
    .01 * history.mean('requests', minute),
  'More than 1 in 100 requests of the last minute failed (5xx). The log of serve has the causes.'],
  ['warn', (_, history) => history.mean('p99', minute) > .5,
    'One request in 100 takes more than 500 ms, over the last minute.'],
  ['warn', (_, history) => history.mean('refused', minute) > .1,
    'Requests are refused (429 or 503), more than 6 in the last minute.'],
  ['warn', (_, history) => history.mean('hitRatio', minute) < .8 &&
    history.mean('requests', minute) > 10,
  'The cache answers less than 80 % of its reads, over the last minute.'],
  ['warn', sample => sample.events.lag_seconds > 10,
    'Events wait longer than 10 s for a worker. Is enough of feedctl work running?'],
  ['warn', sample => sample.events.backlog > 10000, 'More than 10,000 events wait for a worker.'],
  ['warn', sample => sample.events.dead > 0,
    'There are dead events, which workers gave up.', '/admin/dead-events'],
  ['warn', sample => sample.views.pending > 0 && sample.views.last_flush_age_seconds > 120,
    'Views wait, and the last flush is more than two minutes old. Is feedctl flush-views running?',
    '/admin/views'],
  ['warn', sample => !sample.feed.ready,
    'The feed index is not ready yet. Home feeds come from PostgreSQL meanwhile.'],
];

export function attention(sample, history) {
  const found = rules.filter(([, applies]) => applies(sample, history))
    .map(([kind, , text, to]) => ({kind, text, to}));
  return [...dependencies(sample), ...found];
}

export const thresholds = ['A dependency is down.', ...rules.map(([, , text]) => text)];
