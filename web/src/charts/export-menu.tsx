import type { RefObject } from 'react';
import { Download } from '../ui/icon.ts';
import { Menu } from '../ui/menu.tsx';
import { csv, download, fileName } from './csv.ts';
import type { ChartData } from './series.ts';

interface Props {
  readonly title: string;
  readonly rows: () => readonly (readonly (string | number | null)[])[];
  /** Around the drawing; without it there is no image to keep. */
  readonly drawing?: RefObject<HTMLElement | null>;
  readonly legend?: readonly (readonly [name: string, color: string])[];
}

/** Keeps what a chart shows: its data as CSV, and itself as an image. */
export function ExportMenu({ title, rows, drawing, legend = [] }: Props) {
  const asCsv = () => download(fileName(title, 'csv'), new Blob([csv(rows())], { type: 'text/csv;charset=utf-8' }));
  const asImage = async () => {
    const svg = drawing?.current?.querySelector('svg[role="img"]');
    if (!(svg instanceof SVGSVGElement)) return;
    const { imageOf } = await import('./image.ts');
    download(fileName(title, 'png'), await imageOf(svg, title, legend));
  };
  return (
    <Menu
      className="button quiet small"
      name={`Export: ${title}`}
      label={<Download size={14} aria-hidden />}
      items={[
        { key: 'csv', label: 'Data as CSV', run: asCsv },
        ...(drawing === undefined ? [] : [{ key: 'png', label: 'Image (PNG)', run: () => void asImage() }]),
      ]}
    />
  );
}

/** A chart's points as rows, the times in UTC; its unit stands in the heads. */
export function rowsOf({ points, series, unit }: ChartData): (string | number | null)[][] {
  const head = ['period', 'from', 'to', 'is_whole', ...series.map(({ name }) => `${name} (${unit})`)];
  return [
    head,
    ...points.map(({ label, from, to, isWhole }, index) => [
      ...[label, new Date(from).toISOString(), new Date(to).toISOString(), String(isWhole)],
      ...series.map(({ values }) => values[index] ?? null),
    ]),
  ];
}
