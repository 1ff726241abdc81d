// The dashboard's figures, computed from the counters of two samples.
//
// Counters begin at 0 when serve starts. A figure across such a start is null, never negative.
// Times are the server's, so the clock of the browser does not matter.

export const windowSeconds = 300;
const longestStep = 5;  // seconds; a longer one is a pause, and the line has a gap there

const secondsOf = sample => Date.parse(sample.at) / 1000;

function increase(before, after, pick) {
  const change = pick(after) - pick(before);
  return before.started_at === after.started_at && change >= 0 ? change : null;
}

export function rate(before, after, pick) {
  const seconds = secondsOf(after) - secondsOf(before);
  const change = increase(before, after, pick);
  return change === null || seconds <= 0 ? null : change / seconds;
}

const boundOf = bucket => typeof bucket.le === 'number' ? bucket.le : Infinity;

// The q-quantile of the requests between two samples of cumulative buckets, in seconds; linear
// within a bucket. Beyond the last bound it is that bound. null: there was no request.
export function quantile(before, after, q) {
  const counts = after.http.buckets.map((_, index) =>
    increase(before, after, sample => sample.http.buckets[index]?.count ?? 0));
  const total = increase(before, after, sample => sample.http.requests);
  if (!total || !counts.length || counts.includes(null)) return null;
  const index = counts.findIndex(count => count >= q * total);
  const bounds = after.http.buckets.map(boundOf);
  if (index < 0 || bounds[index] === Infinity) return bounds.findLast(Number.isFinite) ?? null;
  const lower = index ? bounds[index - 1] : 0;
  const below = index ? counts[index - 1] : 0;
  return lower + (bounds[index] - lower) * (q * total - below) / (counts[index] - below);
}

function hitRatio(before, after) {
  const hits = rate(before, after, sample => sample.cache.hits + sample.cache.stale);
  const misses = rate(before, after, sample => sample.cache.misses);
  return hits === null || misses === null || hits + misses === 0 ? null : hits / (hits + misses);
}

function pointOf(before, after) {
  const per = pick => rate(before, after, pick);
  return {
    time: secondsOf(after),
    requests: per(x => x.http.requests), errors: per(x => x.http.errors),
    refused: per(x => x.http.refused),
    p50: quantile(before, after, .5), p99: quantile(before, after, .99),
    hitRatio: hitRatio(before, after), recomputes: per(x => x.cache.recomputes),
    lag: after.events.lag_seconds, backlog: after.events.backlog,
    pending: after.views.pending, flushAge: after.views.last_flush_age_seconds,
    indexBytes: after.feed.index_bytes, processor: per(x => x.process.cpu_seconds),
    memory: after.process.resident_bytes,
  };
}

// The points of the last five minutes.
export class History {
  points = [];
  last = null;

  add(sample) {
    const before = this.last;
    this.last = sample;
    const now = secondsOf(sample);
    if (before && now > secondsOf(before)) {
      if (now - secondsOf(before) > longestStep) this.points.push({time: now - longestStep});
      this.points.push(pointOf(before, sample));
    }
    this.points = this.points.filter(point => point.time > now - windowSeconds);
  }

  // The values of a figure, null where there is none.
  column(name) {
    return this.points.map(point => point[name] ?? null);
  }

  // The mean of a figure over the last `seconds`; NaN, which is neither more nor less than
  // a threshold, where there is none.
  mean(name, seconds) {
    const since = (this.points.at(-1)?.time ?? 0) - seconds;
    const values = this.points.filter(point => point.time > since).map(point => point[name])
      .filter(value => typeof value === 'number');
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}
