import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const conditions = ['@gamekeeper/source', ...defaultServerConditions];

/** The sources of a package in the copy of the project that is mutated; its node_modules lead back to the original. */
const source = (name: string, door = 'index'): string =>
  new URL(`../../packages/${name}/src/${door}.ts`, import.meta.url).pathname;

/** The unit tests that mutants of a room have to fail. */
export default defineConfig({
  resolve: {
    conditions,
    alias: {
      '@gamekeeper/core/ports': source('core', 'ports'),
      '@gamekeeper/core/engine': source('core', 'engine/index'),
      '@gamekeeper/core/game': source('core', 'game/index'),
      '@gamekeeper/core': source('core'),
      '@gamekeeper/scheduler-croner': source('scheduler-croner'),
      '@gamekeeper/testkit': source('testkit'),
    },
  },
  ssr: { resolve: { conditions, externalConditions: ['@gamekeeper/source'] } },
  test: {
    // Set by main.ts.
    include: process.env['MUTATION_TESTS']?.split(',') ?? [],
    setupFiles: 'test/property-seed.ts',
    // The same seed in every run: a mutant is killed or survives the same way each time.
    env: { CI: 'true' },
    isolate: false,
    // A mutant with which a test waits for ever fails after this.
    testTimeout: 30_000,
    // Mutants are tested in worker threads, which cannot change the time zone of the process.
    testNamePattern: /^(?!.*the time zone of the process)/,
  },
});
