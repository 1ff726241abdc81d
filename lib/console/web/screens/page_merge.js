// Three-way comparison and merge of a page: the version both editors started from (base), what the
// other editor saved (theirs) and the draft on this screen (mine). Pure functions.
//
// A page is {title, state, items}. An item is {key, content}; its key names one place of a content
// on the page, because a page may show a content more than once.

// A key for one more place of `value` beside the keys in `taken`.
export function freshKey(value, taken) {
  let occurrence = 1;
  while (taken.has(`${value}#${occurrence}`)) occurrence += 1;
  return `${value}#${occurrence}`;
}

// The answer of the admin API as a page of this module.
export function fromAnswer(page) {
  const taken = new Set();
  const items = page.contents.map(({content}) => {
    const key = freshKey(content.value, taken);
    taken.add(key);
    return {key, content};
  });
  return {title: page.title, state: page.state, items};
}

export const keysOf = (page) => page.items.map((item) => item.key);

// The longest ascending subsequence of `numbers`: what stays in place while the rest moves.
function longestAscending(numbers) {
  const lengths = [];
  const previous = [];
  let last = -1;
  numbers.forEach((number, i) => {
    lengths[i] = 1;
    previous[i] = -1;
    for (let j = 0; j < i; j += 1) {
      if (numbers[j] < number && lengths[j] + 1 > lengths[i]) {
        lengths[i] = lengths[j] + 1;
        previous[i] = j;
      }
    }
    if (last < 0 || lengths[i] > lengths[last]) last = i;
  });
  const kept = new Set();
  for (let i = last; i >= 0; i = previous[i]) kept.add(numbers[i]);
  return kept;
}

// What `other` has changed since `base`. Places count from 1.
export function changesOf(base, other) {
  const before = keysOf(base);
  const after = keysOf(other);
  const common = after.filter((key) => before.includes(key));
  const kept = longestAscending(common.map((key) => before.indexOf(key)));
  const isMoved = (key) => before.includes(key) && !kept.has(before.indexOf(key));
  const placed = (item) => ({item, place: after.indexOf(item.key) + 1});
  return {
    title: base.title !== other.title,
    state: base.state !== other.state,
    added: other.items.filter((item) => !before.includes(item.key)).map(placed),
    removed: base.items.filter((item) => !after.includes(item.key)),
    moved: other.items.filter((item) => isMoved(item.key)).map(placed),
  };
}

export function hasChanges(changes) {
  return changes.title || changes.state ||
    changes.added.length + changes.removed.length + changes.moved.length > 0;
}

const stateWords = {draft: 'a draft', published: 'published'};

// The changes as sentences without a subject: "changed the title from .. to ..".
export function sentencesOf(base, other) {
  const changes = changesOf(base, other);
  const name = (item) => `“${item.content.title}”`;
  const out = [];
  if (changes.title) out.push(`changed the title from “${base.title}” to “${other.title}”`);
  if (changes.state)
    out.push(`made it ${stateWords[other.state]} (it was ${stateWords[base.state]})`);
  for (const {item, place} of changes.added) out.push(`added ${name(item)} at place ${place}`);
  for (const item of changes.removed) out.push(`removed ${name(item)}`);
  for (const {item, place} of changes.moved) out.push(`moved ${name(item)} to place ${place}`);
  return out;
}

// `first` in its order, with what only `second` has added after its nearest predecessor.
function mergeItems(base, first, second) {
  const before = keysOf(base);
  const has = (page, key) => page.items.some((item) => item.key === key);
  const items = first.items.filter((item) => has(second, item.key) || !before.includes(item.key));
  second.items.forEach((item, i) => {
    if (before.includes(item.key) || items.some(({key}) => key === item.key)) return;
    const places = second.items.slice(0, i).map(({key}) => items.findIndex((it) => it.key === key));
    items.splice((places.reverse().find((place) => place >= 0) ?? -1) + 1, 0, item);
  });
  return items;
}

// My changes applied to theirs. Where both changed the same thing, mine stays.
export function merge(base, theirs, mine) {
  const own = changesOf(base, mine);
  const items = own.moved.length > 0
    ? mergeItems(base, mine, theirs)
    : mergeItems(base, theirs, mine);
  return {
    title: own.title ? mine.title : theirs.title,
    state: own.state ? mine.state : theirs.state,
    items,
  };
}
