/* sdk.mjs: for pages and bundles that import it. */
import { create } from './sdk';
import type { Portico } from './types';

export { PorticoError } from './errors';
export type * from './types';

/** Makes the SDK of the Portico at an address. */
export function createPortico(baseUrl: string): Portico {
  return create(new URL(baseUrl, globalThis.location?.href).href);
}

/** The SDK of the Portico this module was loaded from. In a bundle there is none: use `createPortico`. */
export const portico: Portico = create(
  /^https?:.*\/sdk\.mjs(\?|$)/.test(import.meta.url) ? new URL('.', import.meta.url).href : undefined,
);
