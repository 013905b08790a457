import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execute } from './packages/execute.ts';
import { release } from './packages/release/release.ts';

// Prepares a release of all packages, or publishes the one that is prepared. RELEASING.md tells the whole way.

const usage = `Usage:
  npm run release -- <version|patch|minor|major>               writes version and changelog, builds and checks
  npm run release -- <version|patch|minor|major> --dry-run     says what that would be and changes nothing; needs a build
  npm run release -- <version> --publish                       publishes the version that is prepared and committed
Options:
  --repository <url>    where the sources are, such as https://github.com/someone/gamekeeper
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'dry-run': { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    repository: { type: 'string' },
  },
});
const [wanted, ...more] = positionals;

if (wanted === undefined || more.length > 0) {
  console.error(usage);
  process.exitCode = 2;
} else {
  try {
    await release(
      {
        root: fileURLToPath(new URL('..', import.meta.url)),
        wanted,
        dryRun: values['dry-run'],
        publish: values.publish,
        repository: values.repository,
      },
      { now: () => new Date(), say: (line) => console.log(line), run: execute },
    );
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
