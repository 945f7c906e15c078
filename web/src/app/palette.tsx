import * as Ariakit from '@ariakit/react';
import { useNavigate } from '@tanstack/react-router';
import { startTransition, useMemo, useState } from 'react';
import { Search } from '../ui/icon.ts';
import { pages } from './pages.ts';
import { presets, useSetSearch } from './search.ts';
import { setTheme } from './theme.ts';

interface Command {
  readonly key: string;
  readonly label: string;
  readonly hint: string;
  readonly run: () => void;
}

/** Everything that can be done from anywhere, by typing a part of it. */
export function Palette({ close, help }: { readonly close: () => void; readonly help: () => void }) {
  const [text, setText] = useState('');
  const commands = useCommands(text, help);
  const wanted = text.trim().toLowerCase();
  const found = commands.filter(
    ({ key, label, hint }) => key.startsWith('find') || `${label} ${hint}`.toLowerCase().includes(wanted),
  );
  return (
    <Ariakit.Dialog
      open
      onClose={close}
      className="dialog palette"
      backdrop={<div className="backdrop" />}
      unmountOnHide
    >
      <Ariakit.DialogHeading className="sr-only">Command palette</Ariakit.DialogHeading>
      <Ariakit.ComboboxProvider
        open
        focusLoop
        setValue={(value) => startTransition(() => setText(value))}
        setOpen={(isOpen) => {
          if (!isOpen) close();
        }}
      >
        <div className="palette-field">
          <Search size={16} aria-hidden />
          <Ariakit.Combobox autoSelect="always" placeholder="Go to, search, change …" aria-label="Command" autoFocus />
          <kbd>Esc</kbd>
        </div>
        <Ariakit.ComboboxList className="palette-list" alwaysVisible aria-label="Commands">
          {found.map(({ key, label, hint, run }) => (
            <Ariakit.ComboboxItem
              key={key}
              value={label}
              setValueOnClick={false}
              className="palette-item"
              onClick={() => {
                close();
                run();
              }}
            >
              <span>{label}</span>
              <small>{hint}</small>
            </Ariakit.ComboboxItem>
          ))}
        </Ariakit.ComboboxList>
      </Ariakit.ComboboxProvider>
    </Ariakit.Dialog>
  );
}

function useCommands(text: string, help: () => void): readonly Command[] {
  const navigate = useNavigate();
  const setSearch = useSetSearch();
  return useMemo(() => {
    const wanted = text.trim();
    const find: Command[] =
      wanted === ''
        ? []
        : [
            {
              ...{ key: 'find-trace', label: `Search traces for “${wanted}”`, hint: 'a title, a ticket, a span id' },
              run: () => void navigate({ to: '/traces', search: { q: wanted } as never }),
            },
            {
              ...{ key: 'find-open', label: `Open “${wanted}”`, hint: 'a span id, or a branch that names one' },
              run: () => void navigate({ to: '/traces/$traceId', params: { traceId: wanted } }),
            },
          ];
    const fixed: Command[] = [
      ...pages.map(({ to, title, says }) => ({
        ...{ key: to, label: title, hint: says },
        run: () => void navigate({ to, search: true as never }),
      })),
      {
        ...{ key: 'dead', label: 'Dead letters', hint: 'deliveries that could not be read' },
        run: () => void navigate({ to: '/deliveries', search: { outcome: 'dead_letter' } as never }),
      },
      ...presets.map(([range, label]) => ({ key: range, label, hint: 'time range', run: () => setSearch({ range }) })),
      ...(['system', 'light', 'dark'] as const).map((theme) => ({
        ...{ key: theme, label: `Theme: ${theme}`, hint: theme === 'system' ? 'as the system says' : 'always' },
        run: () => setTheme(theme),
      })),
      { key: 'help', label: 'Keyboard shortcuts', hint: '?', run: help },
    ];
    return wanted === '' ? fixed : [...fixed, ...find];
  }, [text, navigate, setSearch, help]);
}
