// Reordering of a list by dragging a handle, with a mouse, a pen or a finger.
//
// The rows stay where they are until the pointer is released; a line shows the new place. Escape
// ends the drag without a change.
import {useEffect, useRef, useState} from '../ui.js';

const edge = 60;  // px from the edge of the window where the window scrolls

function scrollAtEdge(y) {
  if (y < edge) scrollBy(0, -12);
  if (y > innerHeight - edge) scrollBy(0, 12);
}

// The number of rows whose middle is above y.
function gapAt(rows, y) {
  return rows.filter(row => {
    const {top, height} = row.getBoundingClientRect();
    return y > top + height / 2;
  }).length;
}

// onDrop(from, to): indexes. Answers start(event, index) for the handle's onPointerDown, and
// classOf(index) for the rows, which are the children of the handle's nearest `ol`.
export function useDragOrder(onDrop) {
  const [drag, setDrag] = useState(null);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);

  const start = (event, from) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const rows = [...event.currentTarget.closest('ol').children];
    let gap = from;
    const follow = ({clientY}) => {
      scrollAtEdge(clientY);
      gap = gapAt(rows, clientY);
      setDrag({from, gap, last: rows.length - 1});
    };
    const finish = ({type}) => {
      stop.current();
      const to = gap > from ? gap - 1 : gap;
      if (type === 'pointerup' && to !== from) onDrop(from, to);
    };
    const cancel = ({key}) => key === 'Escape' && stop.current();
    const listeners = {pointermove: follow, pointerup: finish, pointercancel: finish,
      keydown: cancel};
    stop.current = () => {
      for (const [name, each] of Object.entries(listeners)) removeEventListener(name, each);
      setDrag(null);
    };
    for (const [name, each] of Object.entries(listeners)) addEventListener(name, each);
    setDrag({from, gap, last: rows.length - 1});
  };

  const classOf = index => {
    if (!drag) return '';
    if (index === drag.from) return 'is-dragged';
    if (drag.gap === drag.from || drag.gap === drag.from + 1) return '';
    if (index === drag.gap) return 'drop-before';
    return index === drag.last && drag.gap > index ? 'drop-after' : '';
  };
  return {start, classOf};
}
