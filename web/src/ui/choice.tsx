interface Props {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly any: string;
  readonly change: (value: string | undefined) => void;
}

/** One of few, or any of them. */
export function Choice({ label, value, options, any, change }: Props) {
  return (
    <select aria-label={label} value={value ?? ''} onChange={({ target }) => change(target.value || undefined)}>
      <option value="">{any}</option>
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}
