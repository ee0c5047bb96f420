/* sdk.js: the global `portico`, for pages that load it by a script element. */
import { create } from './sdk';

const script = document.currentScript as HTMLScriptElement | null;
const base = script?.src ? new URL('.', script.src).href : undefined;

(globalThis as { portico?: unknown }).portico = create(base);
