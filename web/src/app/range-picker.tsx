import * as Ariakit from '@ariakit/react';
import { useState } from 'react';
import { ChevronDown } from '../ui/icon.ts';
import { DEFAULT_RANGE, daysOf, presets, useSetSearch, useSharedSearch } from './search.ts';

/** From when to when everything on the page is told. */
export function RangePicker() {
  const { range = DEFAULT_RANGE } = useSharedSearch();
  const setSearch = useSetSearch();
  const popover = Ariakit.usePopoverStore({ placement: 'bottom-end' });
  const choose = (next: string) => {
    setSearch({ range: next === DEFAULT_RANGE ? undefined : next });
    popover.hide();
  };
  return (
    <Ariakit.PopoverProvider store={popover}>
      <Ariakit.PopoverDisclosure className="button">
        <span className="sr-only">Time range: </span>
        {daysOf(range).label} <ChevronDown size={14} aria-hidden />
      </Ariakit.PopoverDisclosure>
      <Ariakit.Popover className="popover range" gutter={6} portal unmountOnHide aria-label="Time range">
        <div className="range-presets">
          {presets.map(([preset, label]) => (
            <button
              key={preset}
              type="button"
              className="menu-item"
              aria-pressed={preset === range}
              onClick={() => choose(preset)}
            >
              {label}
            </button>
          ))}
        </div>
        <CustomRange range={range} choose={choose} />
      </Ariakit.Popover>
    </Ariakit.PopoverProvider>
  );
}

function CustomRange({ range, choose }: { readonly range: string; readonly choose: (range: string) => void }) {
  const now = daysOf(range);
  const [from, setFrom] = useState(now.from);
  const [to, setTo] = useState(now.to ?? new Date().toISOString().slice(0, 10));
  const isWrong = from === '' || to === '' || from > to;
  return (
    <form
      className="range-custom"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) choose(`${from}..${to}`);
      }}
    >
      <label>
        From <input type="date" value={from} onChange={({ target }) => setFrom(target.value)} />
      </label>
      <label>
        To, with that day <input type="date" value={to} onChange={({ target }) => setTo(target.value)} />
      </label>
      {isWrong ? <p role="alert">The first day must not be after the last one.</p> : null}
      <button type="submit" className="button primary" disabled={isWrong}>
        Show these days
      </button>
    </form>
  );
}
