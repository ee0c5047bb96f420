/* What every browser has and jsdom lacks. The modal dialog of a real browser also makes the page inert. */
import { vi } from 'vitest';

Object.assign(HTMLDialogElement.prototype, {
  showModal(this: HTMLDialogElement) {
    if (!this.isConnected) throw new Error('showModal() of a dialog that is not in the document');
    this.open = true;
  },
  close(this: HTMLDialogElement) {
    this.open = false;
  },
});

Object.assign(CSSStyleSheet.prototype, { replaceSync: () => undefined });

Object.assign(window, { matchMedia: vi.fn(() => ({ matches: false })) });

/* jsdom gives a window only to frames outside shadow trees; a stand-in outside lends its own. */
const windows = new WeakMap<HTMLIFrameElement, Window | null>();
const { get: ownWindow } = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, 'contentWindow')!;

Object.defineProperty(HTMLIFrameElement.prototype, 'contentWindow', {
  configurable: true,
  get(this: HTMLIFrameElement): Window | null {
    if (!(this.getRootNode() instanceof ShadowRoot) || !this.isConnected) return ownWindow!.call(this) as Window | null;
    if (!windows.has(this)) {
      const standIn = document.createElement('iframe');
      document.documentElement.append(standIn);
      windows.set(this, standIn.contentWindow);
    }
    return windows.get(this) ?? null;
  },
});
