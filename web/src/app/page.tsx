import { type ReactNode, useEffect } from 'react';
import { Filters } from './filters.tsx';
import { RangePicker } from './range-picker.tsx';

interface Props {
  readonly title: string;
  /** Whether the range and the filters are about this page. */
  readonly hasRange?: boolean;
  readonly hasFilters?: boolean;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly isWide?: boolean;
}

/** A page: its title, what it is narrowed to, its content. */
export function Page({ title, hasRange = false, hasFilters = hasRange, actions, children, isWide = false }: Props) {
  useEffect(() => {
    document.title = `${title} · ValueStream`;
  }, [title]);
  return (
    <>
      <header className="topbar">
        <h1>{title}</h1>
        {hasFilters ? <Filters /> : <div className="filters" />}
        {actions}
        {hasRange ? <RangePicker /> : null}
      </header>
      <div className={isWide ? 'page wide' : 'page'}>{children}</div>
    </>
  );
}
