import { type RefObject, useEffect, useRef } from 'react';
import { pan, type View, zoom } from './view.ts';

/** The wheel with Ctrl zooms where the pointer is; sideways it goes earlier and later. */
export function useWheelZoom(
  scroller: RefObject<HTMLDivElement | null>,
  left: number,
  setView: (view: View) => void,
  view: View,
  whole: View,
): void {
  const latest = useRef({ view, whole, left });
  latest.current = { view, whole, left };
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const turned = (event: WheelEvent) => {
      const { view: shown, whole: all, left: start } = latest.current;
      const isZoom = event.ctrlKey || event.metaKey;
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (!isZoom && Math.abs(sideways) <= Math.abs(event.shiftKey ? 0 : event.deltaY)) return;
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const width = box.width - start;
      if (!isZoom) return setView(pan(shown, sideways / width, all));
      const part = Math.min(Math.max((event.clientX - box.left - start) / width, 0), 1);
      setView(zoom(shown, Math.exp(event.deltaY / 300), shown.from + part * (shown.to - shown.from), all));
    };
    // Only one that says that it is not passive may keep the page from zooming.
    element.addEventListener('wheel', turned, { passive: false });
    return () => element.removeEventListener('wheel', turned);
  }, [scroller, setView]);
}
