import { useNavigate } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef } from 'react';
import { pages } from './pages.ts';
import type { Dialogs } from './shell.tsx';

const KEY = 'valuestream.single-keys';
const CHORD_MS = 1_200;

/** Single keys can be switched off: speech input and slips of the hand set them off (WCAG 2.1.4). */
export function areSingleKeysOn(): boolean {
  return localStorage.getItem(KEY) !== 'off';
}

export function setSingleKeys(isOn: boolean): void {
  if (isOn) localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, 'off');
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Whether a plain key is meant for us: nobody is typing, and single keys are on. */
function isForUs(event: KeyboardEvent): boolean {
  const isPlain = !event.metaKey && !event.ctrlKey && !event.altKey && !event.defaultPrevented;
  return isPlain && !isTyping(event.target) && areSingleKeysOn();
}

/** The keys that work everywhere; the help names them all. */
export function useShortcuts(open: (dialog: Dialogs) => void): void {
  const navigate = useNavigate();
  const chordAt = useRef(0);
  const goTo = (key: string): boolean => {
    const page = pages.find((one) => one.key === key);
    if (page !== undefined) void navigate({ to: page.to, search: true as never });
    return page !== undefined;
  };
  const search = () => {
    const field = document.querySelector<HTMLInputElement>('main input[type="search"]');
    if (field === null) open('palette');
    else field.focus();
    return true;
  };
  const plain = ({ key, timeStamp }: KeyboardEvent): boolean => {
    const wasChord = timeStamp - chordAt.current < CHORD_MS;
    chordAt.current = key === 'g' ? timeStamp : 0;
    if (wasChord) return goTo(key);
    if (key === '?') open('help');
    return key === '/' ? search() : key === '?';
  };
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const isPalette = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k';
    if (isPalette) open('palette');
    if (isPalette || (isForUs(event) && plain(event))) event.preventDefault();
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => pressed(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
