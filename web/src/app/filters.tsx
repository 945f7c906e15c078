import * as Ariakit from '@ariakit/react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { durationsQuery } from '../api/queries.ts';
import { inWords } from '../format/words.ts';
import { X } from '../ui/icon.ts';
import { Part } from '../ui/part.tsx';
import { type FilterName, filterNames, useSetSearch, useSharedSearch } from './search.ts';

/** What everything on the page is narrowed to. */
export function Filters() {
  const search = useSharedSearch();
  const setSearch = useSetSearch();
  const active = filterNames.filter((name) => search[name] !== undefined);
  return (
    <div className="filters">
      {active.map((name) => (
        <span key={name} className="chip">
          <span>
            {inWords(name)}: <b>{search[name]}</b>
          </span>
          <button
            type="button"
            onClick={() => setSearch({ [name]: undefined })}
            aria-label={`Remove the filter by ${name}`}
          >
            <X size={12} aria-hidden />
          </button>
        </span>
      ))}
      <AddFilter />
    </div>
  );
}

function AddFilter() {
  const [name, setName] = useState<FilterName | null>(null);
  const popover = Ariakit.usePopoverStore({ placement: 'bottom-start', setOpen: (isOpen) => isOpen || setName(null) });
  return (
    <Ariakit.PopoverProvider store={popover}>
      <Ariakit.PopoverDisclosure className="button quiet">+ Filter</Ariakit.PopoverDisclosure>
      <Ariakit.Popover className="popover filter" gutter={6} portal unmountOnHide aria-label="Filter">
        {name === null ? (
          filterNames.map((one) => (
            <button key={one} type="button" className="menu-item" onClick={() => setName(one)}>
              {inWords(one)}
            </button>
          ))
        ) : (
          <FilterValues name={name} done={popover.hide} />
        )}
      </Ariakit.Popover>
    </Ariakit.PopoverProvider>
  );
}

const MOST = 50;

/** What there is to choose from: what the shown time has, the most frequent first. */
function FilterValues({ name, done }: { readonly name: FilterName; readonly done: () => void }) {
  const { range, ...others } = useSharedSearch();
  const setSearch = useSetSearch();
  const [text, setText] = useState('');
  const { [name]: _own, ...rest } = others;
  const asked = { ...rest, ...(range === undefined ? {} : { range }) };
  const query = useQuery(durationsQuery(asked, { group_by: name as never, most_groups: MOST }));
  return (
    <>
      <input
        type="search"
        placeholder={`Find a ${name}`}
        aria-label={`Find a ${name}`}
        value={text}
        onChange={({ target }) => setText(target.value)}
        // biome-ignore lint/a11y/noAutofocus: the list was asked for, and typing narrows it.
        autoFocus
      />
      <Part query={query} height={160}>
        {({ groups }) => {
          const values = groups.map(({ group }) => group[name] ?? '').filter((value) => value !== '');
          const found = values.filter((value) => value.toLowerCase().includes(text.toLowerCase()));
          if (found.length === 0) return <p className="muted">No {name} is known in this time.</p>;
          return found.map((value) => (
            <button
              key={value}
              type="button"
              className="menu-item"
              onClick={() => {
                setSearch({ [name]: value });
                done();
              }}
            >
              {value}
            </button>
          ));
        }}
      </Part>
    </>
  );
}
