// The dialog of an editor whose save came second: it says in words what both editors changed, and
// lets this one choose. Closing it keeps the draft as it is.
import {Button, Dialog, html} from '../ui.js';

const list = sentences => html`<ul>${sentences.map(each => html`<li>${each}</li>`)}</ul>`;

// what: "page" or "content". theirs, mine: sentences without a subject. clashes: names of what both
// changed differently.
export default function ConflictDialog({what, theirs, mine, clashes, onKeep, onTake, onClose}) {
  const actions = html`
    <${Button} onClick=${onClose}>Go on editing</${Button}>
    <${Button} onClick=${onTake}>Take theirs</${Button}>
    <${Button} kind="primary" onClick=${onKeep}>Keep mine</${Button}>`;
  return html`<${Dialog} title="Someone else saved this ${what}" className="conflict"
      onClose=${onClose} actions=${actions}>
    <p>Nothing of yours is saved yet, and nothing of theirs is overwritten.</p>
    <h3>The other editor</h3>${list(theirs)}
    <h3>You</h3>${list(mine)}
    <dl class="choices">
      <div><dt>Keep mine</dt><dd>Saves your changes on top of theirs.
        ${clashes.length > 0 && html` You both changed ${clashes.join(' and ')}: yours stays.`}
      </dd></div>
      <div><dt>Take theirs</dt><dd>Drops your changes and shows the ${what} as they saved it.</dd>
      </div>
      <div><dt>Go on editing</dt><dd>Leaves your draft as it is. Saving asks again.</dd></div>
    </dl>
  </${Dialog}>`;
}
