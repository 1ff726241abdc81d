// A list of sessions: one's own, or a user's.
import {Badge, Button, Table, Time, html} from './ui.js';

const systems = [['Android'], ['iPhone'], ['iPad'], ['Windows'], ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'], ['Linux']];
const browsers = [['Firefox'], ['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Chrome'], ['Safari']];

// "Firefox on Linux"; programs are shown as they name themselves.
export function deviceOf(userAgent) {
  if (!userAgent) return 'Unknown program';
  const find = list => list.find(([sign]) => userAgent.includes(sign));
  const browser = find(browsers);
  const system = find(systems);
  if (!browser) return userAgent;
  return `${browser[1] || browser[0]}${system ? ` on ${system[1] || system[0]}` : ''}`;
}

const clients = {browser: 'a web application', program: 'a program',
  direct: 'the API in a browser'};

const Device = ({session}) => html`<span title=${session.user_agent}>${deviceOf(session.user_agent)}
  </span>${session.current && html` <${Badge} kind="ok">this one</${Badge}>`}`;

export function Sessions({sessions, onEnd, empty}) {
  const columns = [
    {title: 'Device', render: session => html`<${Device} session=${session}/>`},
    {title: 'Signed in by', render: session => clients[session.client] || session.client},
    {title: 'Address', key: 'address'},
    {title: 'May', render: session => session.scope.split(' ').join(', ')},
    {title: 'Last used', render: session => html`<${Time} at=${session.last_used_at}/>`},
    {title: 'Began', render: session => html`<${Time} at=${session.created_at}/>`},
    {title: 'End', align: 'end', render: session => !session.current && html`<${Button}
      aria-label=${`End the session of ${deviceOf(session.user_agent)}`}
      onClick=${() => onEnd(session)}>End</${Button}>`},
  ];
  return html`<${Table} caption="Sessions" columns=${columns} rows=${sessions} empty=${empty}/>`;
}
