import * as Ariakit from '@ariakit/react';
import type { ReactNode } from 'react';

interface Props {
  readonly label: ReactNode;
  /** What the button does, where its label alone does not say it. */
  readonly name?: string;
  readonly className?: string;
  readonly title: string;
  readonly children: ReactNode;
}

/** A button that opens something to read beside it. */
export function Popover({ label, name, className = 'button quiet', title, children }: Props) {
  return (
    <Ariakit.PopoverProvider placement="bottom-start">
      <Ariakit.PopoverDisclosure className={className} {...(name === undefined ? {} : { 'aria-label': name })}>
        {label}
      </Ariakit.PopoverDisclosure>
      <Ariakit.Popover className="popover" gutter={6} portal unmountOnHide>
        <Ariakit.PopoverHeading className="popover-title">{title}</Ariakit.PopoverHeading>
        {children}
      </Ariakit.Popover>
    </Ariakit.PopoverProvider>
  );
}
