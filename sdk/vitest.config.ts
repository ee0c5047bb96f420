import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { environment: 'jsdom', setupFiles: ['test/browser.ts'], restoreMocks: true, unstubGlobals: true },
});
