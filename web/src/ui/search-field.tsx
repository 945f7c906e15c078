import { useEffect, useState } from 'react';

interface Props {
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  readonly change: (value: string) => void;
}

const PAUSE_MS = 300;

/** A field to search with, which asks when the typing pauses. */
export function SearchField({ value, label, placeholder, change }: Props) {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  if (told !== value) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => change(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, value, change]);
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}
