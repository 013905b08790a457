import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const conditions = ['@gamekeeper/source', ...defaultServerConditions];

/** The tests of one kind, by the end of their file names: `lives.unit.test.ts`. */
function kind(
  name: 'unit' | 'int' | 'e2e',
  test: TestProjectInlineConfiguration['test'],
): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [`{packages,examples}/*/{src,test}/**/*.${name}.test.ts`, `test/**/*.${name}.test.ts`],
      ...test,
    },
  };
}

const servers = { globalSetup: 'test/servers.ts' };

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@gamekeeper/source'] } },
  test: {
    // Most of them wait for servers and processes, so half as many again as there are cores end sooner.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    testTimeout: 30_000,
    hookTimeout: 60_000,
    setupFiles: 'test/property-seed.ts',
    projects: [kind('unit', {}), kind('int', servers), kind('e2e', servers)],
  },
});
