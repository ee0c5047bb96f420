import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { portico as ofModule } from '../src/module';
import type { Portico } from '../src/types';
import { BASE, FakePortico, PROJECT, token } from './portico';

let server: FakePortico;

beforeEach(() => {
  vi.resetModules();
  server = new FakePortico();
});

afterEach(() => {
  Reflect.deleteProperty(document, 'currentScript');
  Reflect.deleteProperty(globalThis, 'portico');
});

async function load(src: string | undefined): Promise<Portico> {
  const script = document.createElement('script');
  if (src) script.src = src;
  Object.defineProperty(document, 'currentScript', { value: src ? script : null, configurable: true });
  await import('../src/script');
  return (globalThis as unknown as { portico: Portico }).portico;
}

it.each([`${BASE}/sdk.js`, `${BASE}/sdk.js?v=1`])('%s talks to the Portico it came from', async (src) => {
  await (await load(src)).authenticate(PROJECT, token());
  expect(server.sent('GET', '/me')).toHaveLength(1);
});

it('says so when it cannot know where Portico is', async () => {
  const portico = await load(undefined);
  await expect(portico.authenticate(PROJECT, token())).rejects.toMatchObject({ code: 'base_url_unknown' });
  await expect(ofModule.authenticate(PROJECT, token())).rejects.toThrow(/createPortico/);
  expect(server.calls).toEqual([]);
});
