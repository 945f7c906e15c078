import { memo, type PointerEvent, useEffect, useRef } from 'react';
import type { Row } from './tree.ts';
import type { View } from './view.ts';

interface Props {
  readonly rows: readonly Row[];
  readonly view: View;
  readonly whole: View;
  readonly setView: (view: View) => void;
}

const HEIGHT = 44;

/** All of the trace at once, and which part of it is shown; drag the part to go elsewhere. */
export const Minimap = memo(function Minimap({ rows, view, whole, setView }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const draw = () => paint(element, rows, whole);
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    const theme = matchMedia('(prefers-color-scheme: dark)');
    theme.addEventListener('change', draw);
    return () => {
      observer.disconnect();
      theme.removeEventListener('change', draw);
    };
  }, [rows, whole]);
  const length = whole.to - whole.from;
  const part = (time: number) => ((time - whole.from) / length) * 100;
  const move = (event: PointerEvent<HTMLElement>) => {
    if (event.buttons === 0) return;
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const middle = whole.from + ((event.clientX - left) / width) * length;
    const shown = view.to - view.from;
    const from = Math.min(Math.max(middle - shown / 2, whole.from), whole.to - shown);
    setView({ from, to: from + shown });
  };
  return (
    <div className="wf-minimap" aria-hidden onPointerDown={move} onPointerMove={move}>
      <canvas ref={canvas} height={HEIGHT} />
      <i style={{ left: `${part(view.from)}%`, width: `${part(view.to) - part(view.from)}%` }} />
    </div>
  );
});

function paint(canvas: HTMLCanvasElement, rows: readonly Row[], whole: View): void {
  const { clientWidth: width } = canvas;
  const ratio = window.devicePixelRatio;
  canvas.width = width * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext('2d');
  if (context === null || width === 0) return;
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const [own, error] = [style.color, style.outlineColor];
  const x = (time: number) => ((time - whole.from) / (whole.to - whole.from)) * width;
  const step = Math.min(4, (HEIGHT - 6) / Math.max(1, rows.length));
  rows.forEach(({ from, to, span }, index) => {
    context.fillStyle = span.is_error ? error : own;
    context.globalAlpha = span.is_error ? 0.9 : 0.55;
    context.fillRect(x(from), 3 + index * step, Math.max(1, x(to) - x(from)), Math.max(0.6, step - 1));
  });
}
