// Line charts of the last five minutes, as SVG that the style sheet colours.
//
// The latest figures are beside each chart as text, so the drawing is hidden from screen readers.
import {windowSeconds} from './figures.js';
import {html} from './ui.js';

// The next round number above all values, for an axis that seldom changes.
function roundAbove(max, base) {
  const unit = base ** Math.floor(Math.log(max) / Math.log(base));
  return [1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1024].find(step => step * unit >= max) * unit;
}

const scaleOf = series => {
  const max = Math.max(0, ...series.flatMap(each => each.values));
  return series[0].max ?? (max > 0 ? roundAbove(max * 1.02, series[0].base ?? 10) : 1);
};

// The shown time, in seconds: at first less than the window, so that the lines are not tiny.
const spanOf = times =>
  [60, 120].find(span => !(times.at(-1) - times[0] > span)) ?? windowSeconds;

// The line as runs of points; a value of null ends a run.
function runsOf(times, values, top) {
  const span = spanOf(times);
  const runs = [[]];
  for (const [index, value] of values.entries()) {
    const x = span - (times.at(-1) - times[index]);
    if (value === null) runs.push([]);
    else runs.at(-1).push(`${x.toFixed(1)} ${(100 - 100 * value / top).toFixed(1)}`);
  }
  return runs.filter(run => run.length);
}

const lineOf = runs => runs.map(run => `M${run.join('L')}h.1`).join('');
const areaOf = runs => runs.map(run =>
  `M${parseFloat(run[0])} 100L${run.join('L')}V100Z`).join('');

function Line({times, values, top, second}) {
  const runs = runsOf(times, values, top);
  return html`<g class=${second ? 'second' : 'first'}>
    ${!second && html`<path class="area" d=${areaOf(runs)}/>`}
    <path class="line" d=${lineOf(runs)} vector-effect="non-scaling-stroke"/></g>`;
}

function Figure({title, value, format, second}) {
  return html`<div><dt><span class="swatch ${second ? 'second' : 'first'}"></span>${title}</dt>
    <dd>${format(value)}</dd></div>`;
}

// series: one or two of {title, values, format, max, base}; `note` is a text beside the heading.
export function Chart({title, times, series, note}) {
  const top = scaleOf(series);
  const {format} = series[0];
  return html`<section class="card chart">
    <div class="chart-head"><h2>${title}</h2>
      ${note && html`<span class="muted">${note}</span>`}</div>
    <dl class="figures">${series.map((each, index) => html`<${Figure} ...${each} key=${each.title}
      value=${each.values.at(-1)} second=${index > 0}/>`)}</dl>
    <div class="plot" aria-hidden="true">
      <div class="scale"><span>${format(top)}</span><span>${format(top / 2)}</span>
        <span>0</span></div>
      <svg viewBox="0 0 ${spanOf(times)} 100" preserveAspectRatio="none">
        ${series.map((each, index) => html`<${Line} ...${each} key=${each.title} times=${times}
          top=${top} second=${index > 0}/>`)}</svg>
      <div class="span"><span>${spanOf(times) / 60} min ago</span><span>now</span></div>
    </div>
  </section>`;
}
