import * as Ariakit from '@ariakit/react';
import type { ReactNode } from 'react';

interface Item {
  readonly label: ReactNode;
  readonly run: () => void;
  readonly isChosen?: boolean;
}

interface Props {
  readonly label: ReactNode;
  readonly name?: string;
  readonly className?: string;
  readonly items: readonly (Item & { readonly key: string })[];
  readonly children?: ReactNode;
}

/** A button with a menu: arrows, type-ahead and Escape are Ariakit's. */
export function Menu({ label, name, className = 'button', items, children }: Props) {
  return (
    <Ariakit.MenuProvider placement="bottom-end">
      <Ariakit.MenuButton className={className} {...(name === undefined ? {} : { 'aria-label': name })}>
        {label}
      </Ariakit.MenuButton>
      <Ariakit.Menu className="menu" gutter={6} portal unmountOnHide>
        {items.map(({ key, label: text, run, isChosen }) => (
          <Ariakit.MenuItem key={key} className="menu-item" onClick={run}>
            <span className="menu-check" aria-hidden>
              {isChosen ? '✓' : ''}
            </span>
            {text}
            {isChosen ? <span className="sr-only"> (chosen)</span> : null}
          </Ariakit.MenuItem>
        ))}
        {children}
      </Ariakit.Menu>
    </Ariakit.MenuProvider>
  );
}
