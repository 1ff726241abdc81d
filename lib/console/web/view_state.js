// In one sentence, how the view counters of a sample of the dashboard are.

export const isRedisOff = ({dependencies}) =>
  dependencies.some(each => each.name === 'redis' && each.state === 'off');

export function viewState(sample) {
  const {pending, last_flush_age_seconds: age} = sample.views;
  if (pending === null && isRedisOff(sample))
    return {kind: 'ok', text: 'Redis is not configured: views are counted in PostgreSQL at once'};
  if (pending === null) return {kind: 'warn', text: 'not known: is Redis up?'};
  return pending > 0 && age > 120 ? {kind: 'warn', text: 'waiting for more than two minutes'}
    : {kind: 'ok', text: 'as it should be'};
}
