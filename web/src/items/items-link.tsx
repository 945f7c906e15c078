import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface Props {
  /** The path that came with a number: `/api/v1/measures/items?measure=…`. */
  readonly path: string;
  readonly reason?: string;
  readonly className?: string;
  readonly children: ReactNode;
  readonly label?: string;
}

/** What a path of items asks, as the search of the page that lists them. */
export function itemsSearch(path: string, reason?: string): Record<string, string> {
  const { searchParams } = new URL(path, window.location.origin);
  return { ...Object.fromEntries(searchParams), ...(reason === undefined ? {} : { reason }) };
}

/** Leads from a number to the items that it is made of, or that it leaves out for a reason. */
export function ItemsLink({ path, reason, className, children, label }: Props) {
  return (
    <Link to="/items" search={itemsSearch(path, reason) as never} className={className} aria-label={label}>
      {children}
    </Link>
  );
}
