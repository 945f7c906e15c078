import * as Ariakit from '@ariakit/react';
import { useState } from 'react';
import { X } from '../ui/icon.ts';
import { pages } from './pages.ts';
import { areSingleKeysOn, setSingleKeys } from './shortcuts.ts';

const others: readonly [keys: readonly string[], does: string][] = [
  [['Ctrl K', '⌘ K'], 'Command palette: go anywhere, search traces'],
  [['/'], 'Search on this page'],
  [['↑ ↓', 'j k'], 'Through the rows of a list; Enter opens'],
  [['← →'], 'Through the points of a chart; close and open in a waterfall'],
  [['+ − 0'], 'Zoom a waterfall in, out, and back to all of it'],
  [['Esc'], 'Close what is open'],
  [['?'], 'This help'],
];

/** The keys, and whether single ones work. */
export function ShortcutsHelp({ close }: { readonly close: () => void }) {
  const [isOn, setOn] = useState(areSingleKeysOn);
  const change = (next: boolean) => {
    setSingleKeys(next);
    setOn(next);
  };
  return (
    <Ariakit.Dialog open onClose={close} className="dialog" backdrop={<div className="backdrop" />}>
      <header className="dialog-head">
        <Ariakit.DialogHeading>Keyboard</Ariakit.DialogHeading>
        <Ariakit.DialogDismiss className="button quiet" aria-label="Close">
          <X size={16} aria-hidden />
        </Ariakit.DialogDismiss>
      </header>
      <dl className="keys">
        {others.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((one) => (
                <kbd key={one}>{one}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
        {pages.map(({ key, title }) => (
          <div key={key}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>Go to {title}</dd>
          </div>
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={isOn} onChange={({ target }) => change(target.checked)} /> Single keys work
        (Ctrl K always does)
      </label>
    </Ariakit.Dialog>
  );
}
